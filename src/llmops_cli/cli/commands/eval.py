"""`llmops eval`: run suites, compare with the baselines, gate."""

from __future__ import annotations

from typing import Annotated

import typer

from llmops_cli.cli.completion import candidates
from llmops_cli.cli.options import (
    DirectoryOption,
    FormatOption,
    OutputOption,
    project_of,
    require_base,
    start_of,
)


def eval_suites(
    context: typer.Context,
    suites: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SUITE]…", help="Default: all.", autocompletion=candidates.suites),
    ] = None,
    prompt: Annotated[
        str,
        typer.Option(
            "--prompt",
            metavar="ID@VERSION",
            help="Judge this version of the prompt.",
            autocompletion=candidates.versions,
        ),
    ] = "",
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="Ask this model instead; repeatable.",
            autocompletion=candidates.models,
        ),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("-j", "--jobs", min=1, metavar="N", help="Calls at once; default 16.")
    ] = None,
    repeats: Annotated[
        int | None, typer.Option("--repeats", min=1, max=1000, metavar="N", help="Ask each case N times.")
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", metavar="FILTER", help="tag:NAME or id:GLOB; repeat to narrow."),
    ] = None,
    cache: Annotated[
        str,
        typer.Option(
            "--cache",
            metavar="MODE",
            help="auto, off, or replay: committed cassettes only.",
            autocompletion=candidates.one_of(("auto", "off", "replay")),
        ),
    ] = "auto",
    record: Annotated[
        bool, typer.Option("--record", help="Write the answers to cassettes/, for --cache replay.")
    ] = False,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            metavar="[RUN]",
            help="Continue this run, or the newest unfinished one.",
            autocompletion=candidates.unfinished_runs,
        ),
    ] = None,
    retry_flips: Annotated[
        int | None,
        typer.Option("--retry-flips", min=0, metavar="N", help="Ask flipped cases N more times first."),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base", metavar="REF", help="Also say what changes in baselines since REF, by policy."
        ),
    ] = None,
    changed: Annotated[
        bool,
        typer.Option("--changed", help="Only suites that the change since REF, or the main branch, reaches."),
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which suites --changed would run and why; run nothing.")
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option("--shard", metavar="I/N", help="Only part I of N; llmops merge judges all of them."),
    ] = None,
    offline: Annotated[
        bool,
        typer.Option("--offline", help="Call no provider: cache, cassettes and local models only."),
    ] = False,
    rejudge: Annotated[
        bool, typer.Option("--rejudge", help="Ask a judge that changed about the baseline's answers, too.")
    ] = False,
    form: FormatOption = "terminal",
    output: OutputOption = None,
    directory: DirectoryOption = None,
) -> int:
    """Run suites, compare their scores with the committed baselines, and say yes or no.

    Exit codes: 0 nothing that the gate forbids, 1 the answer is no, 2 files or arguments are wrong,
    3 the outside world failed, 130 interrupted (llmops eval --resume continues).
    """
    from llmops_cli.cli.progress import RunProgress
    from llmops_cli.cli.review import errors_published, publish
    from llmops_cli.cli.talk import check_format, check_outputs, show
    from llmops_cli.core.errors import InputError
    from llmops_cli.evals.affected.report import affected_document
    from llmops_cli.evals.recall import cache_mode
    from llmops_cli.evals.shards.shard import parse_shard
    from llmops_cli.evals.talk import Talk
    from llmops_cli.gate.evaluate import evaluate
    from llmops_cli.gate.job import explain as explain_changed
    from llmops_cli.gate.options import Options
    from llmops_cli.gate.report.data import stopped_data
    from llmops_cli.gate.report.report import evaluation_document
    from llmops_cli.reports.formats import FOR_READERS, FORMATS

    if explain and not changed:
        raise InputError("--explain is about --changed", "llmops eval --changed --explain")
    formats = FOR_READERS if explain else FORMATS
    check_format(form, formats)
    files = check_outputs(output or [], formats)
    options = Options(
        suites=tuple(suites or ()),
        filters=tuple(filters or ()),
        models=tuple(model or ()),
        prompt=prompt,
        repeats=repeats,
        concurrency=jobs,
        cache=cache_mode(cache),
        record=record,
        resume=resume,
        retry_flips=retry_flips,
        base=require_base(base),
        changed=changed,
        shard=None if shard is None else parse_shard(shard),
        offline=offline,
        rejudge=rejudge,
    )
    with errors_published(start_of(context, directory), files, stopped_data), RunProgress() as line:
        project = project_of(context, directory)
        if explain:
            show(affected_document(explain_changed(project, options)), form, files)
            return 0
        evaluation = evaluate(project, options, Talk(line.report, line))
    publish(evaluation_document(evaluation), form, files)
    return evaluation.exit_code
