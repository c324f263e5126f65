"""Prompts, models and runs as Documents: evals is the lowest room that sees them and `reports`."""
