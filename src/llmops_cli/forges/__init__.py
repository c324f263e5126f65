"""Forges: where pull requests are reviewed, GitHub and GitLab, one file each.

To add one: write `forges/x.py` with a class that is a `Forge` (`base.py`), add its line below, write
`forges/x_job.py` for what its jobs say and add it to `detect.py`, and teach `tests/servers/forge.py` its API.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmops_cli.forges.base import Forge
    from llmops_cli.forges.target import Target

FORGES = {
    "github": "llmops_cli.forges.github:GitHub",
    "gitlab": "llmops_cli.forges.gitlab:GitLab",
}


def connect(target: Target, talk: Callable[[str], None]) -> Forge:
    """The forge of a pull request; `talk` gets a line for each wait. Nothing is asked yet."""
    module, _, name = FORGES[target.forge].partition(":")
    forge: Forge = getattr(import_module(module), name)(target, talk)
    return forge
