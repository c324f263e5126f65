"""The client alone: what would take too long through the command."""

from __future__ import annotations

import pytest

from llmops_cli.core.errors import ForgeDownError
from llmops_cli.forges.client import Client
from llmops_cli.forges.patience import Patience
from llmops_cli.forges.target import Target
from tests.servers.forge import ADA, REPOSITORY, ForgeServer


@pytest.mark.usefixtures("shortest_waits")
def test_an_answer_that_does_not_come() -> None:
    with ForgeServer() as forge:
        target = Target("github", forge.github_url, REPOSITORY, ADA, "GH_TOKEN", 7)
        said: list[str] = []
        client = Client("GitHub", target, Patience(said.append), lambda *_: "", timeout_s=0.2)
        forge.misbehave("user", fault="hang")
        with pytest.raises(ForgeDownError, match=r"no connection to http://127.* no answer within 0\.2 s"):
            client.send("GET", "/user", once=True)
        forge.misbehave("user", fault="hang")
        assert client.get("/user")["login"] == "ada"
        assert len(said) == 1
        assert ADA not in repr(target)
