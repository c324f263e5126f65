"""The merge base of a change: its rules, and what the change does to its baselines."""
