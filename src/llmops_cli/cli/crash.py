"""What is left of a crash: a file with the traceback, and where to send it."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback
from pathlib import Path

from llmops_cli import __version__

ISSUES = "https://github.com/llmops-cli/llmops-cli/issues"


def write_report(error: BaseException) -> str:
    """Write the traceback to a file; what to tell the user."""
    text = "".join(traceback.format_exception(error))
    head = (
        f"llmops {__version__}, Python {platform.python_version()}, {platform.platform()}\n{sys.argv[1:]}\n\n"
    )
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            prefix="llmops-crash-",
            suffix=".txt",
            delete=False,
            encoding="utf-8",
            errors="backslashreplace",
        ) as stream:
            stream.write(head + text)
    except OSError:
        return f"{text}\nPlease report it: {ISSUES}"
    return f"    The traceback is in {Path(stream.name)}\n    Please report it: {ISSUES}"
