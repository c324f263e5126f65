"""Reports: a small document model, and one file per format that draws it."""
