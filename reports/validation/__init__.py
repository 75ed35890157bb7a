"""Validation: a measured run and a simulated one of the same customers, judged equal within stated margins, or not."""
