"""Reading the report that is to be posted."""

from __future__ import annotations

import sys
from pathlib import Path

from llmops_cli.core.errors import InputError
from llmops_cli.core.files import decode, read_text

STDIN = "-"
_HINT = "llmops eval -o report.md writes one"


def read_report(file: str) -> str:
    """The text of a Markdown file, or of stdin where it is `-`, its lines ended as on Unix.

    Raises InputError when there is no such file, it is not UTF-8, or there is nothing in it.
    """
    if file == STDIN:
        shown, text = "stdin", decode(sys.stdin.buffer.read(), "stdin")
    else:
        if not Path(file).exists():
            raise InputError(f"{file}: no such file", _HINT)
        shown, text = file, read_text(Path(file), file)
    if not text.strip():
        raise InputError(f"{shown} is empty: there is nothing to post", _HINT)
    return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
