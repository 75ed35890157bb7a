"""Simulators: the simulated organisation, the SimPy engine that customers walk through, and the mocked back end."""
