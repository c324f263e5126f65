"""Judging the answers that a baseline keeps by the scorers as they are now."""
