"""The search for the commit that made a suite regress."""
