"""The back end's scorecard: eight qualities, each scored from its evidence alone."""
