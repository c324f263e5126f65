"""Regular expressions of Python's `re` that are searched in time that grows with the text alone.

`pattern.py` is one, `translate.py` says it for RE2, `one_sign.py` is what may stand at one place of it.
"""

from __future__ import annotations


class NotLinearError(Exception):
    """A pattern, or one text for it, that RE2 cannot take as Python does."""
