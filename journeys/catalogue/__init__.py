"""The catalogue: journeys that come with the framework, each a model to copy from."""
