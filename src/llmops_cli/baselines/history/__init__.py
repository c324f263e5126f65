"""A baseline over the commits: how it went, and which commit broke it."""
