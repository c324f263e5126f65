"""What a forge has no room for is cut, and the comment says where the rest is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.comment.jobs import REPORT, TOP, commented, github_job, gitlab_job, long_report
from tests.cli.projects import write
from tests.servers.forge import BOT, GITLAB_BOT, ForgeServer


@pytest.mark.parametrize("links", [True, False], ids=["Link", "x-next-page"])
def test_a_comment_among_hundreds(
    links: bool, root: Path, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    if links:
        github_job(forge, root, monkeypatch)
    else:
        gitlab_job(forge, monkeypatch)
    forge.link_headers = links
    token = BOT if links else GITLAB_BOT
    for number in range(430):
        forge.write(f"{TOP}\nours" if number == 350 else f"comment {number}", token)
    assert commented(root).out.startswith("updated ")
    assert forge.count("list") == 5
    assert forge.comments[350].body == f"{TOP}\n{REPORT.strip()}"


def test_the_token_follows_no_link_to_another_host(root: Path, on_github: ForgeServer) -> None:
    for number in range(150):
        on_github.write(f"comment {number}")
    with ForgeServer() as elsewhere:
        on_github.links_to = elsewhere.base_url
        assert commented(root).code == 0
        assert elsewhere.seen == []
    assert [seen.query["page"] for seen in on_github.seen if "page" in seen.query] == [["2"], ["2"]]


def test_a_list_without_an_end(root: Path, on_github: ForgeServer) -> None:
    on_github.misbehave(
        "list", 200, body=[], headers={"link": '<https://x/?page=2&per_page=100>; rel="next"'}, times=None
    )
    found = commented(root)
    assert (found.code, found.err) == (
        3,
        "GitHub: the list at /repos/acme/app/issues/7/comments has no end\n",
    )


def test_a_long_report_is_cut_and_says_where_the_rest_is(
    root: Path, on_github: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "4711")
    write(root / "report.md", long_report(100))
    found = commented(root, "--format", "json")
    assert found.code == 0
    (body,) = on_github.bodies
    assert len(body) <= 65_536
    assert body.count("<details>") == body.count("</details>") == 63
    assert body.endswith(
        "**Cut to fit a comment:** 37 of 101 parts (37,923 of 102,512 characters) are left out. The whole "
        "report is in [this job](https://github.example/acme/app/actions/runs/4711)."
    )
    assert found.err == "longer than a comment may be: 37 parts at the end are left out\n"
    assert found.data["left_out"] == {"parts": 37, "characters": 37_923}
    assert on_github.count("create") == 1
    assert commented(root).out.startswith("unchanged ")


@pytest.mark.parametrize("on", ["github", "gitlab"])
def test_a_server_that_takes_less(
    on: str, root: Path, forge: ForgeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    if on == "github":
        github_job(forge, root, monkeypatch)
    else:
        gitlab_job(forge, monkeypatch)
    write(root / "report.md", long_report(30))
    forge.longest = 10_000
    assert commented(root).out.startswith("created ")
    (body,) = forge.bodies
    assert 8_500 < len(body) <= 10_000
    assert forge.count("create") == 2
    write(root / "report.md", long_report(29))
    assert commented(root).out.startswith("updated ")


def test_a_server_that_takes_nothing(root: Path, on_github: ForgeServer) -> None:
    on_github.longest = -1
    on_github.misbehave("create", 413, body={"message": "Payload Too Large"}, times=None)
    found = commented(root)
    assert (found.code, found.err) == (3, "GitHub: 413: Payload Too Large\n    shorten the report\n")
