"""Measurements of whole processes, and simulations of the gate: see `make bench` and `make simulate`."""
