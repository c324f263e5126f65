"""An llmops that is ended from inside: its exit code is 0, and its report is none, cut short, or another."""

from __future__ import annotations

LEFT = {
    "none": "true",
    "empty": ': > "$json"',
    "cut short": """printf '{"schema": 1, "verdict": "PASSED", "exit' > "$json" """,
    "of another kind": """printf '[]' > "$json" """,
    "of a run that failed": """printf '{"exit_code": 1, "error": null, "verdict": "REGRESSED"}' > "$json" """,
}
"""What it leaves -> the shell that leaves it there."""


def ends_well(left: str) -> str:
    """The script of such an llmops, which leaves this in the place of the JSON report."""
    return (
        'for word in "$@"; do case "$word" in *report.json) json=$word ;; esac; done\n'
        f'if [ "$1" = eval ]; then {LEFT[left]}; fi\n'
        "exit 0"
    )
