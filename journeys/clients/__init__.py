"""What a customer asks of a target over HTTP, and what its answers mean, whoever sends the requests."""
