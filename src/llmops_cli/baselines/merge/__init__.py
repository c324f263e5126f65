"""Baselines of two branches become one, as a git merge driver."""
