"""Customers moving through the blueprint, from the log: the scene, and the page that plays it."""
