"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# No deadline: a busy machine is not a bug. `--hypothesis-profile=thorough` looks longer.
settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile("quick")
