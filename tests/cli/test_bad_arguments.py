"""Arguments of `llmops eval` that are wrong, or do not fit the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llmops_cli.reports.formats import ENDINGS, FORMATS
from tests.cli.bad import Bad, assert_refused, problems
from tests.cli.projects import CASES_PATH, changed, project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

BAD = [
    Bad(
        "an unknown suite",
        {},
        ("no suite has the id `capitols`\n    did you mean `capitals`?\n"),
        ("capitols",),
    ),
    Bad(
        "a filter of an unknown tag",
        changed(CASES_PATH, '"id": "france"', '"tags": ["smoke"], "id": "france"'),
        problems(
            "evalsets/capitals.yaml:3:8: the filter tag:smok matches none of 10 cases\n"
            "    did you mean `smoke`?"
        ),
        ("--filter", "tag:smok"),
    ),
    Bad(
        "a filter of a tag where there are none",
        {},
        problems(
            "evalsets/capitals.yaml:3:8: the filter tag:smoke matches none of 10 cases\n"
            "    there are no tags here yet"
        ),
        ("--filter", "tag:smoke"),
    ),
    Bad(
        "a filter of an unknown id",
        {},
        problems(
            "evalsets/capitals.yaml:3:8: the filter id:frnace matches none of 10 cases\n"
            "    did you mean `france`?"
        ),
        ("--filter", "id:frnace"),
    ),
    Bad(
        "a filter that is none",
        {},
        ("`smoke` is not a filter\n    write tag:NAME or id:GLOB\n"),
        ("--filter", "smoke"),
    ),
    Bad(
        "a filter of an unknown kind",
        {},
        ("`tags:smoke` is not a filter\n    write tag:NAME or id:GLOB\n"),
        ("--filter", "tags:smoke"),
    ),
    Bad(
        "an unknown model",
        {},
        problems(
            "unknown provider `opnai` in `opnai/gpt-4o-2024-08-06`\n"
            "    did you mean `openai`? or add it to llmops.yaml: `providers: {opnai: {kind: "
            "openai, base_url: …}}` for an OpenAI-compatible server, `{kind: litellm}` for another "
            "provider that litellm knows"
        ),
        ("--model", "opnai/gpt-4o-2024-08-06"),
    ),
    Bad(
        "a model that is none",
        {},
        problems("`gpt-4o` is not a model\n    write `provider/name`, for example `openai/NAME`"),
        ("--model", "gpt-4o"),
    ),
    Bad(
        "a moving model",
        {},
        problems(
            "`openai/gpt-4o` is a moving alias: scores of today would mean nothing tomorrow\n"
            "    write a dated version, such as `openai/gpt-4o-YYYY-MM-DD`; the provider's model "
            "page lists them; or allow it in llmops.yaml under models.allow_aliases"
        ),
        ("--model", "openai/gpt-4o"),
    ),
    Bad(
        "an unknown prompt to judge",
        {},
        ("no suite judges the prompt `capitol`\n    did you mean `capital`?\n"),
        ("--prompt", "capitol@1.0.0"),
    ),
    Bad(
        "an unknown cache mode",
        {},
        ("unknown cache mode `auot`\n    did you mean `auto`?\n"),
        ("--cache", "auot"),
    ),
    Bad(
        "an unknown format",
        {},
        f"unknown format `xml`\n    known formats: {', '.join(sorted(FORMATS))}\n",
        ("--format", "xml"),
    ),
    Bad(
        "an unknown ending",
        {},
        (
            "`-o report.xyz`: the ending says the format, and `.xyz` is none\n"
            f"    known endings: {', '.join(ENDINGS)}\n"
        ),
        ("-o", "report.xyz"),
    ),
    Bad(
        "an unknown option",
        {},
        (
            "Usage: llmops eval [OPTIONS] [SUITE]…\nTry 'llmops eval -h' for help.\n\n"
            "Error: No such option: --filtr (Possible options: --filter)\n"
        ),
        ("--filtr", "tag:x"),
    ),
    Bad(
        "no number",
        {},
        (
            "Usage: llmops eval [OPTIONS] [SUITE]…\nTry 'llmops eval -h' for help.\n\n"
            "Error: Invalid value for '--repeats': 'three' is not a valid int range.\n"
        ),
        ("--repeats", "three"),
    ),
    Bad(
        "a number out of range",
        {},
        (
            "Usage: llmops eval [OPTIONS] [SUITE]…\nTry 'llmops eval -h' for help.\n\n"
            "Error: Invalid value for '-j' / '--jobs': 0 is not in the range x>=1.\n"
        ),
        ("-j", "0"),
    ),
    Bad(
        "record and replay",
        {},
        ("--record and --cache replay exclude each other\n    drop one of them\n"),
        ("--record", "--cache", "replay"),
    ),
    Bad(
        "record and resume",
        {},
        "--record and --resume exclude each other\n"
        "    use the same command without --resume: what was answered is in the cache\n",
        ("--record", "--resume"),
    ),
    Bad(
        "nothing to resume",
        {},
        ("there is no unfinished run in .llmops/runs/\n    `llmops eval` starts one\n"),
        ("--resume",),
    ),
    Bad(
        "no such run",
        {},
        ("no run is called `20260101-000000-abcd`\n    there are no runs here yet\n"),
        ("--resume", "20260101-000000-abcd"),
    ),
    Bad(
        "no cassette",
        {},
        (
            "no cassette for capitals · capital@1.0.0 · openai/gpt-4o-mini-2024-07-18: "
            "cassettes/capitals/openai/gpt-4o-mini-2024-07-18.jsonl is not there\n"
            "    run `llmops eval --record` where the model can be called, and commit the "
            "cassette\n"
        ),
        ("--cache", "replay"),
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_bad_arguments(bad: Bad, tmp_path: Path, idle: Provider) -> None:
    assert_refused(bad, project(tmp_path, bad.files), idle)
