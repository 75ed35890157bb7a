"""Capacity: the highest rate that keeps a budget, how sure that is, what gave out first, and what replicas add."""
