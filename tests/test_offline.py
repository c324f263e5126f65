"""Tests reach nothing beyond this machine, and the fixture that says so bites."""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ELSEWHERE = "192.0.2.1"  # an address for documentation, which nobody has


def _datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"x", (ELSEWHERE, 53))


WAYS: dict[str, Callable[[], object]] = {
    "connect": lambda: socket.create_connection((ELSEWHERE, 80), timeout=0.01),
    "getaddrinfo": lambda: socket.getaddrinfo("llmops.invalid", 443),
    "gethostbyname": lambda: socket.gethostbyname("llmops.invalid"),
    "sendto": _datagram,
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_out(way: str, asked_for: Path) -> None:
    with pytest.raises(RuntimeError, match="a test may not reach"):
        WAYS[way]()
    assert asked_for.read_text("utf-8")
    asked_for.unlink()  # what was forbidden here was meant


def test_nor_does_a_process_that_hides_it(asked_for: Path) -> None:
    script = (
        "import socket, contextlib\n"
        f"with contextlib.suppress(Exception): socket.create_connection(('{ELSEWHERE}', 80))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert ELSEWHERE in asked_for.read_text("utf-8")
    asked_for.unlink()


def test_this_machine_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()


def test_a_test_that_reaches_out_fails(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "from tests.conftest import _nothing_around, _stays_here, asked_for\n"
    )
    (tmp_path / "test_out.py").write_text(
        "import contextlib, socket\n\ndef test_out():\n"
        f"    with contextlib.suppress(Exception): socket.create_connection(('{ELSEWHERE}', 80))\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--rootdir={tmp_path}",
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "a test has its servers on 127.0.0.1" in done.stdout
