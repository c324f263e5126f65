"""Which suites a change reaches, and why."""
