"""Reports: metrics, statistics, comparisons and pictures of what is in event logs; imports no engine."""
