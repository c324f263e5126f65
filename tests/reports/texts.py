"""Texts that nobody would write, for properties of what is drawn."""

from __future__ import annotations

from hypothesis import strategies as st

ANY = st.text(st.characters(exclude_categories=())) | st.text("ab \n\t\x1b\u202e漢🙏|`-", max_size=300)
