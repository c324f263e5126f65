"""Where a CI job keeps its run, and how somebody gets it whose checkout is elsewhere."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops_cli.core.environment import ARTIFACT, GitHub, GitLab, Jenkins, says_yes

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Kept:
    """A run that a job keeps: the path that it has once it is brought, by a command or from an address."""

    path: str
    command: str = ""
    address: str = ""


def kept_run(environ: Mapping[str, str], state: str) -> Kept | None:
    """How the run of this job is brought; None where the job does not say that it keeps it.

    `state` is the folder for it, from the top of the repository, where new files are no change.
    """
    name = environ.get(ARTIFACT, "").strip()
    if not name:
        return None
    if says_yes(environ, GitLab.CI):
        return _downloaded("artifacts.zip", environ.get(GitLab.JOB_URL, ""), "/artifacts/download")
    run = environ.get(GitHub.RUN_ID, "")
    if run.isascii() and run.isdigit():
        path = posixpath.join(state, f"ci-{run}")
        return Kept(path, command=shlex.join(["gh", "run", "download", run, "-n", name, "-D", path]))
    return _downloaded("archive.zip", environ.get(Jenkins.BUILD_URL, ""), "/artifact/*zip*/archive.zip")


def _downloaded(path: str, job: str, place: str) -> Kept | None:
    url = f"{job.rstrip('/')}{place}"
    return Kept(path, address=url) if re.fullmatch(r"https?://[\w.:/~%+*-]+", url) else None
