"""Trouble of a forge that passes, and trouble that does not."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from llmops_cli.forges.patience import LONGEST_S
from tests.cli.comment.jobs import REPORT, TOP, commented, github_job, page
from tests.cli.projects import write
from tests.servers.forge import ADA, ForgeServer, in_seconds

pytestmark = pytest.mark.usefixtures("shortest_waits")


def test_a_server_in_trouble_is_asked_again(root: Path, on_github: ForgeServer) -> None:
    for route in ("list", "user", "create"):
        on_github.misbehave(route, 502, headers={"retry-after": "0"}, body="<html>Bad gateway")
    on_github.write(f"{TOP}\nold", ADA)
    found = commented(root)
    assert (found.code, found.out) == (0, f"created {page(on_github, 1002)}\n")
    assert re.sub(r"0\.\d s", "0.1 s", found.err) == "GitHub: 502; asking again in 0.1 s\n" * 3


def test_a_server_that_stays_in_trouble(root: Path, on_github: ForgeServer) -> None:
    on_github.misbehave("list", 500, headers={"retry-after": "0"}, times=None)
    found = commented(root)
    assert (found.code, on_github.count("list")) == (3, 4)
    assert found.err.endswith(
        "\nGitHub: 500: told to fail (asked 4 times)\n    GitHub has trouble; run the command again later\n"
    )


@pytest.mark.parametrize("how", ["done-then-drop", "502 and done", "drop"])
def test_a_comment_whose_answer_got_lost_is_not_written_twice(
    how: str, root: Path, on_github: ForgeServer
) -> None:
    if how == "502 and done":
        # A gateway gives up while the server behind it writes.
        on_github.misbehave("create", 502, headers={"retry-after": "0"})
        on_github.misbehave("list", 200, body=[])
        on_github.write(f"{TOP}\n{REPORT}")
    else:
        on_github.misbehave("create", fault="drop" if how == "drop" else "done-then-drop")
    found = commented(root)
    assert (found.code, found.out) == (0, f"created {page(on_github, 1001)}\n")
    assert len(on_github.bodies) == 1
    assert on_github.count("create") == (2 if how == "drop" else 1)
    assert "asking again in " in found.err


def test_no_server(root: Path, on_github: ForgeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert commented(root).code == 0  # a server on this machine is never behind a proxy
    found = commented(root, "--api-url", "http://127.0.0.1:1/api/v3")
    assert found.code == 3
    assert found.err.endswith(
        "GitHub: no connection to http://127.0.0.1:1: [Errno 111] Connection refused (asked 4 times)\n"
        "    check the network, the address (--api-url) and the proxy variables\n"
    )


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (429, {"retry-after": "0"}, {"message": "Retry later"}),
        (403, {"retry-after": "0"}, {"message": "You have exceeded a secondary rate limit."}),
        (403, in_seconds(-5), {"message": "API rate limit exceeded for installation ID 1."}),
        (429, {"ratelimit-remaining": "0", "ratelimit-reset": "1"}, None),
    ],
    ids=["429", "secondary", "primary", "gitlab"],
)
@pytest.mark.parametrize("route", ["list", "create"])
def test_a_limit_is_waited_for(
    route: Any, status: int, headers: dict[str, str], body: Any, root: Path, on_github: ForgeServer
) -> None:
    on_github.misbehave(route, status, headers=headers, body=body)
    found = commented(root)
    assert (found.code, found.out) == (0, f"created {page(on_github, 1001)}\n")
    kind = "the secondary rate limit" if body and "secondary" in body["message"] else "the rate limit"
    assert re.fullmatch(rf"GitHub: {status}: {kind} is used up; asking again in 0\.\d s\n", found.err)


def test_a_limit_that_takes_too_long_says_until_when(root: Path, on_github: ForgeServer) -> None:
    on_github.misbehave(
        "create", 403, headers=in_seconds(42 * 60), body={"message": "API rate limit exceeded"}
    )
    found = commented(root)
    assert (found.code, found.out) == (3, "")
    assert LONGEST_S < 42 * 60
    assert found.err == ("GitHub: 403: the rate limit is used up\n    run the command again in 42 min\n")


def test_a_secondary_limit_without_a_time_is_a_minute_and_can_be_interrupted(
    root: Path, on_github: ForgeServer
) -> None:
    on_github.misbehave("create", 403, body={"message": "You have exceeded a secondary rate limit."})
    running = subprocess.Popen(
        [sys.executable, "-m", "llmops_cli", "comment", "report.md"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    watchdog = threading.Timer(30, running.kill)
    watchdog.start()
    line = running.stderr.readline()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    watchdog.cancel()
    assert re.fullmatch(r"GitHub: 403: the secondary rate limit is used up; asking again in 60\.\d s\n", line)
    assert (running.returncode, out, err) == (130, "", "")
    assert on_github.bodies == []


def test_a_limit_that_stays(root: Path, on_github: ForgeServer) -> None:
    on_github.misbehave("create", 429, headers={"retry-after": "0"}, times=None)
    found = commented(root)
    assert (found.code, on_github.count("create")) == (3, 4)
    assert found.err.endswith(
        "\nGitHub: 429: the rate limit is used up (asked 4 times)\n    run the command again later\n"
    )


def test_through_a_proxy(root: Path, on_github: ForgeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", on_github.base_url)
    found = commented(root, "--api-url", "http://github.invalid/api/v3")
    assert found.out == f"created {page(on_github, 1001)}\n"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_a_certificate_that_nobody_trusts(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = tmp_path / "pair.pem"
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    names = [
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(pair),
        "-out",
        str(tmp_path / "cert.pem"),
    ]
    subprocess.run(["openssl", "req", *options, *names], check=True, capture_output=True)
    write(pair, pair.read_bytes() + (tmp_path / "cert.pem").read_bytes())
    with ForgeServer(certificate=pair) as forge:
        github_job(forge, root, monkeypatch)
        found = commented(root)
        assert forge.seen == []
        assert (found.code, found.out) == (3, "")
        assert found.err.startswith(
            f"GitHub: {forge.base_url} is not trusted: [SSL: CERTIFICATE_VERIFY_FAILED]"
        )
        assert "\n    SSL_CERT_FILE names the certificates to trust" in found.err
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert commented(root).out.startswith("created ")
