"""Pictures: one restrained style, and what a report draws of scenarios, flows, times and the week."""
