"""The project's own scorers run here: in processes of their own, which nothing of a verdict depends on.

`pool.py` hands out calls, `process.py` is one process as this side sees it, `child.py` what runs in it,
`confine.py` what it may not do, `files.py` where its files are, `printed.py` what it prints.
"""
