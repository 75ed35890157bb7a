"""The pytest plugin: a user's journeys become test items, walked in a browser and by their API alone."""
