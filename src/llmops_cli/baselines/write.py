"""A baseline as the text of its file: JSON Lines, sorted by id, byte-stable."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmops_cli.baselines.case_line import case_from_json, case_json
from llmops_cli.baselines.form import DIGESTED, SCHEMA, WITHOUT_CALLS, call_tools, digest_of, line_of
from llmops_cli.baselines.header_line import acceptance_json, header_json
from llmops_cli.baselines.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmops_cli.compare.scores import CaseScores, Scores


def to_text(baseline: Scores) -> str:
    """The file's text. The same baseline always gives the same bytes."""
    header = header_json(baseline)
    lines = [line_of(case_json(baseline.cases[key])) for key in sorted(baseline.cases)]
    header["digest"] = digest_of(header, ["\n".join(lines)] if lines else [])
    return "\n".join([line_of(header), *lines]) + "\n"


def with_accepted(text: str, accepted: Mapping[str, Any]) -> str:
    """The text of a baseline's file with another acceptance; the lines of cases stay as they are."""
    end = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    first, _, rest = text.replace("\r", "").partition("\n")
    header = json.loads(first)
    header["accepted"] = acceptance_json(accepted)
    if header["schema"] in DIGESTED:
        header["digest"] = digest_of(header, pieces(rest))
    return f"{line_of(header)}\n{rest}".replace("\n", end)


def with_more_cases(text: str, baseline: Scores, more: Iterable[CaseScores]) -> str:
    """The text of a baseline's file with the lines of more cases; every other line stays as it is.

    Of the header only what counts and sums up the cases is another, and the digest.
    """
    end = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    first, *lines = text.strip("\r\n").replace("\r", "").split("\n")
    header = json.loads(first)
    by_id = {json.loads(line)["id"]: line for line in lines if line.strip()}
    stored = {id_: case_from_json(json.loads(line)) for id_, line in by_id.items()}
    more = list(more)
    whole = replace(baseline, cases={**stored, **{case.id: case for case in more}})
    by_id |= {case.id: line_of(case_json(case)) for case in more}
    header["cases"] = {"count": len(whole.cases), "hash": whole.cases_hash}
    header["metrics"] = dict(sorted(whole.metrics.items()))
    if header["schema"] == WITHOUT_CALLS and call_tools(whole.cases):
        header["schema"] = SCHEMA
    lines = [by_id[id_] for id_ in sorted(by_id)]
    if header["schema"] in DIGESTED:
        header["digest"] = digest_of(header, ["\n".join(lines)])
    return end.join([line_of(header), *lines]) + end
