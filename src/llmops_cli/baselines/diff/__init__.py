"""`llmops diff`: any two sets of scores compared, without running anything."""
