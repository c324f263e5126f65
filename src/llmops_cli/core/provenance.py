"""What a run was made with: commit, versions, machine."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

from llmops_cli import __version__
from llmops_cli.core.environment import in_ci
from llmops_cli.core.git import head_state

if TYPE_CHECKING:
    from llmops_cli.core.project import Project


def provenance(project: Project) -> dict[str, Any]:
    """Where results come from: commit and dirty flag (None outside git), versions, system, CI or not."""
    commit, dirty = head_state(project.root)
    return {
        "llmops": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "commit": commit,
        "dirty": dirty,
        "ci": in_ci(),
    }
