"""llmops: prompts as code, judged by evals against a baseline committed in git."""

__version__ = "0.1.0"
