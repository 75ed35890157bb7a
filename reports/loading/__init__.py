"""Load runs: whether they made the load that they were told to make, and what latency met it over time."""
