"""Gates of a suite that are wrong, each at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.bad import Bad, assert_refused, problems
from tests.cli.projects import project

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers.provider import Provider

from tests.cli.bad import gating

BAD = [
    Bad(
        "a gate on an unknown metric",
        gating("pass_rat: {floor: 0.9}"),
        problems(
            "evalsets/capitals.yaml:7:3: the gate names the metric `pass_rat`, which no scorer of "
            "this suite gives\n    did you mean `pass_rate`?"
        ),
    ),
    Bad(
        "a misspelled rule",
        gating("pass_rate: {flor: 0.9}"),
        problems("evalsets/capitals.yaml:7:15: unknown key `flor`\n    did you mean `floor`?"),
    ),
    Bad(
        "a misspelled setting of the gate",
        gating("aplha: 0.01"),
        problems(
            "evalsets/capitals.yaml:7:10: `gate.aplha` must be a mapping, found the number "
            "`0.01`\n    a rule is `METRIC: {max_drop: 0.05}`; the settings are must_pass, "
            "inconclusive and alpha"
        ),
    ),
    Bad(
        "a floor in percent",
        gating("pass_rate: {floor: 90}"),
        problems(
            "evalsets/capitals.yaml:7:22: `floor` must lie between 0 and 1, found the number "
            "`90`\n    0.9 means 90%"
        ),
    ),
    Bad(
        "a rule for the wrong direction",
        gating("cost_usd: {max_drop: 0.1}"),
        problems(
            "evalsets/capitals.yaml:7:14: `max_drop` says nothing about `cost_usd`, where lower is "
            "better\n    did you mean `max_rise`?"
        ),
    ),
    Bad(
        "a rule without its value",
        gating("pass_rate:"),
        problems(
            "evalsets/capitals.yaml:7:13: `gate.pass_rate` must be a mapping, found nothing\n"
            "    a rule is `METRIC: {max_drop: 0.05}`; the settings are must_pass, inconclusive "
            "and alpha"
        ),
    ),
    Bad(
        "a tolerance that is none",
        gating("pass_rate: {max_drop: a bit}"),
        problems(
            "evalsets/capitals.yaml:7:25: `gate.pass_rate.max_drop` must be a number, or a share "
            "such as 10%, found `a bit`"
        ),
    ),
    Bad(
        "must-pass of a tag that nobody has",
        gating("must_pass: [tag:smoek]"),
        problems(
            "evalsets/capitals.yaml:7:15: `tag:smoek` matches no case of this suite\n"
            "    there are no tags here yet"
        ),
    ),
    Bad(
        "must-pass of an id that nobody has",
        gating("must_pass: [id:frnace]"),
        problems(
            "evalsets/capitals.yaml:7:15: `id:frnace` matches no case of this suite\n"
            "    did you mean `france`?"
        ),
    ),
    Bad(
        "must-pass without a kind",
        gating("must_pass: [smoke]"),
        problems("evalsets/capitals.yaml:7:15: `smoke` names no cases\n    write tag:NAME, id:GLOB or all"),
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_bad_gate(bad: Bad, tmp_path: Path, idle: Provider) -> None:
    assert_refused(bad, project(tmp_path, bad.files), idle)
