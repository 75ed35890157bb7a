"""The mocked back end: any blueprint, served over HTTP as pages and as an API, with real queues and a scaled clock."""
