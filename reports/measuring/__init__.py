"""Measuring: what is read from the rows of one replication, and merged over those of a run."""
