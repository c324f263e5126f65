"""What to do after a run: where it was made, and for somebody who reads of it elsewhere."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from llmops_cli.gate.base.report import base_steps, who_accepts
from llmops_cli.gate.report.accept_steps import accept_steps
from llmops_cli.gate.report.offline import offline_steps
from llmops_cli.gate.report.shard_report import shard_steps
from llmops_cli.reports.document import Listing, Section, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops_cli.compare.comparison import Comparison
    from llmops_cli.gate.evaluation import Evaluation
    from llmops_cli.gate.options import Options


MEND = "a scorer broke, which is no verdict: mend it; what was answered is kept"
AGAIN = "the outside world failed, which is no verdict: run the job again, what was answered is kept"


def next_section(evaluation: Evaluation) -> Section:
    """The next steps. A comment or a page is read where the run is not: it has to be made again first."""
    program = shlex.join(["llmops", *(["-C", folder] if (folder := evaluation.project.folder) else [])])
    again = shlex.join(["eval", *_arguments(evaluation)])
    away = [Text("reproduce it", command=f"{program} {again}"), *_steps(evaluation, program, "")]
    here = _steps(evaluation, "llmops", f" {evaluation.run.id}")
    return Section("Next", (Listing(tuple(away)),), brief=(Listing(tuple(here)),) if here else ())


def _arguments(evaluation: Evaluation) -> list[str]:
    """The options that say what is judged, as they are typed."""
    options: Options = evaluation.options
    arguments = list(options.suites)
    if not arguments and evaluation.affected is not None:
        arguments = list(dict.fromkeys(comparison.now.suite for comparison in evaluation.comparisons))
    for name, values in (("--filter", options.filters), ("--model", options.models)):
        arguments += [word for value in values for word in (name, value)]
    arguments += ["--prompt", options.prompt] if options.prompt else []
    arguments += ["--repeats", str(options.repeats)] if options.repeats else []
    arguments += ["--cache", options.cache] if options.cache == "replay" else []
    arguments += ["--offline"] if options.offline else []
    arguments += ["--shard", str(options.shard)] if options.shard is not None else []
    return arguments + (["--base", options.base] if options.base else [])


def _steps(evaluation: Evaluation, program: str, run: str) -> list[Text]:
    """The steps after the run itself; `run` names it where it lies."""
    steps = offline_steps(evaluation, program)
    failing = any(
        not c.passed for comparison in evaluation.comparisons for c in comparison.now.cases.values()
    )
    if any(result.failures for result in evaluation.run.subjects) and not steps:
        away = MEND if _only_scorers_broke(evaluation) else AGAIN
        steps.append(_ask_again(evaluation, program) if run else Text(away))
    if evaluation.shard is not None:
        return [*steps, *shard_steps(evaluation, evaluation.shard, program)]
    if failing:
        steps.append(Text("see failing cases", command=f"{program} runs show{run} --failed"))
    steps += _blocked(evaluation.comparisons)
    if evaluation.partial is None:
        steps += accept_steps(evaluation, program)
    else:
        whole = replace(evaluation.options, filters=())
        again = shlex.join(["eval", *_arguments(replace(evaluation, options=whole))])
        steps.append(Text("judge every case: this run can accept nothing", command=f"{program} {again}"))
    steps += base_steps(evaluation.base, program) if evaluation.base is not None else []
    steps += _deciders(evaluation, program)
    if evaluation.recorded:
        files = " ".join(evaluation.recorded)
        steps.append(Text("commit the recorded answers", command=f"git add {files}"))
    return steps


def _deciders(evaluation: Evaluation, program: str) -> list[Text]:
    """How what decides and changed is accepted, where the gate says no because of it."""
    base = evaluation.base
    rules = {comparison.now.suite for comparison in evaluation.loosened}
    listed = [
        decider for decider in evaluation.deciders if decider.suite in rules and decider.approval is None
    ]
    if base is None or not (evaluation.stopping or listed):
        return []
    command = shlex.join(["baseline", "accept", "--deciders", "--base", base.reference])
    step = f"if what judges is right as it is now, {who_accepts(base)} accepts it on this branch"
    return [Text(step, command=f'{program} {command} --reason "…"')]


def _ask_again(evaluation: Evaluation, program: str) -> Text:
    mend = "mend the scorer, and judge again" if _only_scorers_broke(evaluation) else ""
    words = f"{mend or 'ask the failed ones again'} (what was answered is kept)"
    if evaluation.run.provenance.get("merged_from"):
        return Text(f"{words}: run the shards with failed answers again, then merge all of them again")
    again = shlex.join(["eval", *_arguments(evaluation)])
    return Text(words, command=f"{program} {again}")


def _only_scorers_broke(evaluation: Evaluation) -> bool:
    """Whether every failure is that of a scorer that asks nobody: asking again would not help."""
    return not any(outcome.outside for result in evaluation.run.subjects for outcome in result.failures)


def _blocked(comparisons: Sequence[Comparison]) -> list[Text]:
    """Why accepting is no way out, and what is, where somebody else caused the drop."""
    steps = []
    for comparison in comparisons:
        suite = comparison.now.suite
        place = comparison.suite.path if comparison.suite is not None else suite
        if comparison.broken:
            words = "cannot be accepted while must-pass cases fail: fix them, or change `must_pass` in"
            steps.append(Text(f"{suite} {words} {place}"))
        elif comparison.forbidden and comparison.beyond_limits:
            steps.append(
                Text(f"{suite} cannot be accepted beyond a floor or ceiling: see the gate in {place}")
            )
        attribution = comparison.attribution
        if comparison.forbidden and attribution is not None and attribution.provider_changed:
            steps.append(
                Text(
                    f"{suite}: not the doing of this change: the provider answers with another model, "
                    "everywhere. Pin another version, or accept the scores in a change of their own"
                )
            )
    return steps
