"""Comparisons and runs as a Document and as JSON."""
