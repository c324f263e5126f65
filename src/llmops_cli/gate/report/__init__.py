"""An evaluation told: the report, its remarks, its charts, its JSON, the next steps."""
