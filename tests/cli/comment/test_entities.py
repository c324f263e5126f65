"""What reads like an entity in the text of a stranger, or of a model, is shown as it was written."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.comment.jobs import commented
from tests.cli.projects import CASES_PATH, SUITE_PATH, changed, llmops, project, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.forge import ForgeServer

ENTITIES = "&lt;img src=x&gt; &#x41; &amp; &#64;acme &commat;acme &num;12"
OF_LLMOPS = {"&lt;", "&gt;", "&amp;", "&#124;", "&#8203;"}
CODE = re.compile(r"```.*?```|`[^`\n]*`|<script.*?</script>", re.DOTALL)


def test_those_of_a_stranger_are_text(root: Path, on_github: ForgeServer) -> None:
    fence = "```text\nif (a && b < c) <b>&#64;acme</b>\n```"
    write(root / "report.md", f"## PASSED &#8203;&#124; {ENTITIES} a&b\n\n`a && b &#64;x <i>`\n\n{fence}\n")
    assert commented(root, "--untrusted").code == 0
    (body,) = on_github.bodies
    assert set(re.findall(r"&#?\w+;", body)) <= OF_LLMOPS
    shown = "&lt;img src=x&gt; &amp;#x41; &amp; &amp;#\u200b64;acme &amp;commat;acme &amp;num;12 a&amp;b"
    assert f"## PASSED &#8203;&#124; {shown}\n" in body
    assert "`a && b &\u200b#\u200b64;x <\u200bi>`" in body
    assert "if (a && b < c) <\u200bb>&\u200b#\u200b64;acme<\u200b/b>" in body


@pytest.mark.parametrize("form", ["md", "html"])
def test_those_of_a_case_and_its_answer_are_text(tmp_path: Path, form: str) -> None:
    case = {"id": ENTITIES, "country": "x", "expected": f"{ENTITIES}!", "output": ENTITIES}
    gate = changed(SUITE_PATH, "{max_drop: 0.05}", "{max_drop: 0.05}\n  must_pass: all")
    root = project(tmp_path / "project", {CASES_PATH: json.dumps(case) + "\n", **gate})
    report = tmp_path / f"report.{form}"
    assert llmops(root, "eval", "--offline", "-o", str(report)).code == 1
    text = CODE.sub("", report.read_text("utf-8"))
    if form == "md":
        text = re.sub(r"\\(?=[^\w\s])", "", text)  # an escaped sign stands for itself
    assert html.unescape(text).replace("\u200b", "").count(ENTITIES) >= 1
    assert "&#x41;" not in text
    assert "&commat;" not in text
