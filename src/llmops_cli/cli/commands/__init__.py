"""Commands: one file each; a command reads its arguments, calls one function, prints and returns.

To add one: write `cli/commands/x.py`, add its line to `cli/app.py`, and test its whole output.
"""
