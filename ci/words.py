"""Splits inputs of the action as a shell would, without one: words, each ended by a NUL byte."""

import os
import shlex
import sys

for name in sys.argv[1:]:
    try:
        for word in shlex.split(os.environ[f"INPUT_{name.upper()}"], comments=False):
            sys.stdout.write(f"{word}\0")
    except ValueError as error:
        sys.exit(f"::error title=llmops::the input `{name}` cannot be read: {error}")
