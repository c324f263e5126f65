"""Approving scores, how old they may become, and whether a file is as it was accepted."""
