"""What GitHub's runner takes for a command, and how it reads one."""

from __future__ import annotations

import re

COMMAND = re.compile(r"^::(error|warning|notice)(?: ([^:]*))?::(.*)$")
KNOWN = ("add-mask", "error", "group", "set-output", "stop-commands", "warning")


def runner_sees(line: str) -> bool:
    """Whether GitHub's runner takes the line for a command, by what its source does."""
    start = line.lstrip()
    if start.startswith("::") and "::" in start[2:]:
        return start[2:].split("::")[0].split(" ")[0] in KNOWN
    found = re.search(r"##\[([^\]]*)\]", line)
    return bool(found) and found[1].split(" ")[0] in KNOWN  # type: ignore[index]


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner reads it: level, properties, message."""
    found = COMMAND.match(line)
    assert found, line
    pairs = [pair.split("=", 1) for pair in (found[2] or "").split(",") if pair]
    return found[1], {name: _plain(value) for name, value in pairs}, _plain(found[3])


def _plain(text: str) -> str:
    for token, value in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(token, value)
    return text
