"""Baselines: approved scores in git. The file, accepting, looking back, merging."""
