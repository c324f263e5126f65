"""Lines that a forge, or a robot that listens there, would obey: `/merge`, `/close`, `/approve`."""

from __future__ import annotations

import re

from llmops_cli.forges.scan import Scan

_COMMAND = re.compile(r"( {0,3})/(?=[A-Za-z])")


def without_commands(text: str) -> str:
    """The text, its lines that begin like a command written so that they only look so. Code stays as it is.

    GitLab does what such a line says with the rights of the token, and a report has answers of models in it.
    """
    scan = Scan()
    lines = []
    for line in text.split("\n"):
        command = None if scan.in_fence else _COMMAND.match(line)
        lines.append(f"{command[1]}&#47;{line[command.end() :]}" if command else line)
        scan.read(line.rstrip())
    return "\n".join(lines)
