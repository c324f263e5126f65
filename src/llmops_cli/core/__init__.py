"""What every room stands on: errors, problems, the project, files, schemas, git."""
