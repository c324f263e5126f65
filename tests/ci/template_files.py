"""The files that a repository copies and those of the actions as data, and their scripts as CI runs them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.ci.runner import ACTION, COMMENT
from tests.cli.projects import Said, llmops
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.ci.checkout import Checkout
    from tests.servers.provider import Provider

TEMPLATES = ROOT / "templates"
WORKFLOWS = sorted(TEMPLATES.glob("github*.yml"))
GITLAB, JENKINS = TEMPLATES / "gitlab-ci.yml", TEMPLATES / "Jenkinsfile"
ACTIONS = (ACTION, COMMENT)
SCRIPTS = sorted((ROOT / "ci").glob("*.sh"))


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def jobs(path: Path) -> dict[str, Any]:
    """The jobs of a workflow."""
    named: dict[str, Any] = loaded(path)["jobs"]
    return named


def steps(path: Path) -> list[dict[str, Any]]:
    """The steps of a workflow or an action."""
    if path in ACTIONS:
        listed: list[dict[str, Any]] = loaded(path)["runs"]["steps"]
        return listed
    return [step for job in jobs(path).values() for step in job["steps"]]


def triggers(path: Path) -> dict[str, Any]:
    """What a workflow runs on; YAML 1.1 reads its key as a boolean."""
    events: dict[str, Any] = loaded(path)[True]
    return events


def gitlab_jobs() -> dict[str, dict[str, Any]]:
    """The jobs of GitLab's file."""
    return {name: job for name, job in loaded(GITLAB).items() if "script" in job}


def jenkins_scripts() -> list[str]:
    """The scripts of the Jenkinsfile: install, judge, comment."""
    return re.findall(r"sh '''\n(.*?)'''", JENKINS.read_text("utf-8"), re.DOTALL)


def scripts() -> Iterator[tuple[str, str]]:
    """Every script of the templates and of the actions, with the file that it is in."""
    for path in [*WORKFLOWS, *ACTIONS]:
        yield from ((path.name, step["run"]) for step in steps(path) if "run" in step)
    for job in gitlab_jobs().values():
        for part in ("before_script", "script", "after_script"):
            yield from ((GITLAB.name, line) for line in job.get(part, ()))
    yield from ((JENKINS.name, script) for script in jenkins_scripts())
    yield from ((path.name, path.read_text("utf-8")) for path in SCRIPTS)


def with_tools() -> dict[str, str]:
    """The environment, with the programs of the tests' own on the PATH."""
    folder = Path(sys.executable).parent
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def shell(checkout: Checkout, script: str, **env: str) -> Said:
    """Run a script as a CI system does, in the checkout, with `llmops` on the PATH."""
    path = f"{checkout.bin}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=env.get("PWD", checkout.root),
        env={**os.environ, "CI": "true", "PATH": path, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def accept_from_kept(checkout: Checkout, provider: Provider, kept: Sequence[str], archive: Path) -> None:
    """Accept, after the job, from a .zip of the folders that it keeps; nothing is asked."""
    asked = provider.count
    with zipfile.ZipFile(archive, "w") as zipped:
        for folder in kept:
            for path in sorted((checkout.root / folder).rglob("*")):
                zipped.write(path, path.relative_to(checkout.root))
    shutil.rmtree(checkout.root / ".llmops")
    said = llmops(checkout.root, "baseline", "accept", "--from", str(archive), "--reason", "LOUD")
    assert (said.code, provider.count) == (0, asked), said.both
