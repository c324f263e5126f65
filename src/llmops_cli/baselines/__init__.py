"""Baselines: approved scores in git, comparison with them, the gate."""
