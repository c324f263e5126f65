"""Prompts: versioned files with ids, rendered through sandboxed Jinja."""
