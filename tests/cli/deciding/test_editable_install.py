"""The base's scorers run the base's files, also where the project is installed to be imported as it lies."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

import llmops_cli
from tests.cli.answering import lands
from tests.cli.deciding.changing import good, suite
from tests.cli.projects import CASES_PATH, SUITE_PATH, commit, git, project, repository, write
from tests.servers.provider import Provider

RULES = "src/shop/rules.py"
SCORER = "from shop.rules import ok\n\n\ndef known(output, case):\n    return ok(output)\n"
USE = (
    "- python: scorers/known.py:known\n    metric: known\n    threshold: 1\n"
    f"    reads: [{RULES}, src/shop/__init__.py]"
)
FINDER = """\
import sys
from importlib.util import spec_from_file_location

class Editable:
    def find_spec(self, name, path=None, target=None):
        file = {{"shop": "{root}/src/shop/__init__.py", "shop.rules": "{root}/src/shop/rules.py"}}.get(name)
        return file and spec_from_file_location(name, file, submodule_search_locations=["{root}/src/shop"])

sys.meta_path.append(Editable())
"""


def installed(folder: Path, root: Path) -> Path:
    """A Python that imports llmops, and the package of a project by a finder, as an editable install does."""
    venv.create(folder, symlinks=True, with_pip=False)
    python = folder / "bin/python"
    place = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(subprocess.check_output([python, "-c", place], text=True).strip())
    source = Path(llmops_cli.__file__).parents[1]
    write(packages / "paths.pth", f"{source}\n{sysconfig.get_path('purelib')}\nimport editable_shop\n")
    write(packages / "editable_shop.py", FINDER.format(root=root))
    return python


@pytest.mark.workflows
def test_a_loosened_module_of_the_project_does_not_judge_for_the_base(tmp_path: Path) -> None:
    root = tmp_path / "project"
    files = {SUITE_PATH: suite(USE), CASES_PATH: lands(40), "scorers/known.py": SCORER}
    rules = {"src/shop/__init__.py": "", RULES: "def ok(output):\n    return output == 'good one'\n"}
    repository(project(root, {**files, **rules}))
    python = installed(tmp_path / "environment", root)

    def llmops(answers: int, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(python), "-m", "llmops_cli", "-C", str(root), *arguments]
        with Provider(good(answers)) as provider:
            env = {**os.environ, "OPENAI_BASE_URL": provider.openai_url, "OPENAI_API_KEY": "sk-x"}
            return subprocess.run(command, capture_output=True, text=True, check=False, env=env)

    assert llmops(36, "eval").returncode == 0
    assert llmops(36, "baseline", "accept", "--all").returncode == 0
    commit(root, "baseline")
    git(root, "checkout", "-q", "-b", "change")
    write(root / RULES, "def ok(output):\n    return True\n")
    commit(root, "looser")
    judged = llmops(20, "eval", "--cache", "off", "--base", "main")
    assert judged.returncode == 1, judged.stdout
    assert judged.stdout.startswith("INCOMPARABLE"), judged.stdout
    assert "is that of the working tree" in " ".join(judged.stdout.split())
