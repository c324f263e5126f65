"""Approving scores: who may, what a change lowers, and whether a file is as it was accepted."""
