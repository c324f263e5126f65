"""Measurements of whole processes: `python -m benchmarks.run`."""
