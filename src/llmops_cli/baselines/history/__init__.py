"""A baseline over the commits: how it went, and how one case went."""
