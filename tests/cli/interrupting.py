"""Evaluations that somebody stops with Ctrl-C while questions are open."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.cli.projects import capital
from tests.servers.provider import Provider

if TYPE_CHECKING:
    from pathlib import Path


class Slow:
    """Answers three questions, and holds the others back until it is told to go on."""

    def __init__(self) -> None:
        self.provider = Provider(capital)

    def __enter__(self) -> Provider:
        self.provider.__enter__()
        self.provider.misbehave(None, times=3)
        self.provider.misbehave(None, times=None, delay_s=30)
        return self.provider

    def __exit__(self, *_: object) -> None:
        self.provider.__exit__()


def interrupted(root: Path, *arguments: str, cache: str = "auto") -> str:
    """Start an evaluation, stop it with Ctrl-C when three cases are finished; the run's name."""
    with Slow() as slow:
        env = {**os.environ, "OPENAI_BASE_URL": slow.openai_url}
        running = subprocess.Popen(
            [sys.executable, "-m", "llmops_cli", "eval", "-j", "2", "--cache", cache, *arguments],
            cwd=root,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        until = time.monotonic() + 20
        while slow.count < 5 and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.1)
        started = time.monotonic()
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=20)
        assert time.monotonic() - started < 5
    assert running.returncode == 130, err
    assert out == ""
    assert "Traceback" not in err
    run = max(path.name for path in (root / ".llmops/runs").iterdir())
    assert "interrupted: 3 of 10 are finished and kept" in err
    assert f"`llmops eval --resume {run}` continues" in err
    return run
