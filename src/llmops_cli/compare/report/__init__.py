"""One comparison told: its headline, its sections, its cases, its JSON."""
