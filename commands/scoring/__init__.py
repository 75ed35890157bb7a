"""What the scorecard measures, a module for each way of measuring; each returns rows of evidence."""
