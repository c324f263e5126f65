"""Two sets of scores: what moved, whether it is sure, why, and the verdict."""
