"""Experiments: enough replications, warm-up, selection of the best, sensitivity, and the least costly staffing."""
