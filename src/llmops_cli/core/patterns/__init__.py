"""Regular expressions of Python's `re` that are searched in time that grows with the text alone.

`pattern.py` is one, `translate.py` says it for RE2, `one_sign.py` is what may stand at one place of it.
"""
