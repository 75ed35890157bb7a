"""Calibration: a model's numbers fitted to a measured run, what it then forecasts, and how those forecasts fared."""
