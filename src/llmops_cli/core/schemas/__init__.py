"""JSON Schemas (draft 2020-12) of every file that llmops reads or writes."""
