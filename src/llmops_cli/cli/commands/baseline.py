"""`llmops baseline`: approved scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmops_cli.cli.completion import candidates
from llmops_cli.cli.options import DirectoryOption, ReadersFormatOption, TableFormatOption, project_of

if TYPE_CHECKING:
    from llmops_cli.baselines.accept.source import Source
    from llmops_cli.core.project import Project
    from llmops_cli.evals.suite import Suite
    from llmops_cli.evals.workspace import Workspace
    from llmops_cli.reports.document import Document

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Show, accept, verify and merge baselines, and look back.",
)

SuitesArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SUITE]…", help="Default: all.", autocompletion=candidates.suites),
]


@app.command("accept")
def accept_baseline(
    context: typer.Context,
    suites: Annotated[
        list[str] | None,
        typer.Argument(metavar="SUITE…", help="What to accept.", autocompletion=candidates.suites),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every suite.")] = False,
    model: Annotated[
        str,
        typer.Option(
            "--model", metavar="MODEL", help="Only this model's scores.", autocompletion=candidates.models
        ),
    ] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; reviewers read it.")] = "",
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            "--run",
            metavar="RUN|ARTIFACT",
            help="A run, or what CI kept of one: a folder, .zip or .tar; default: the newest run that fits.",
            autocompletion=candidates.runs,
        ),
    ] = None,
    deciders: Annotated[
        bool, typer.Option("--deciders", help="What decides and changed since the base, in place of scores.")
    ] = False,
    base: Annotated[
        str, typer.Option("--base", metavar="REF", help="With --deciders: the base; default: what CI says.")
    ] = "",
    new_cases: Annotated[
        bool, typer.Option("--new-cases", help="Only add cases that the baseline does not have.")
    ] = False,
    form: ReadersFormatOption = "terminal",
    directory: DirectoryOption = None,
) -> None:
    """Write the scores of the newest run, or of one that CI made, into baselines/, with who accepted and why.

    Calls no model. With --from and no suites, those that the run judged.
    """
    from contextlib import nullcontext

    from llmops_cli.baselines.accept.source import opened
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.core.errors import InputError
    from llmops_cli.evals.select import select
    from llmops_cli.evals.workspace import open_workspace, require_sound
    from llmops_cli.reports.formats import FOR_READERS

    check_format(form, FOR_READERS)
    if deciders and (suites or every):
        raise InputError("--deciders and suites exclude each other", "accept the one, then the other")
    if deciders and (new_cases or source is not None):
        other = "--new-cases" if new_cases else "--from"
        raise InputError(f"--deciders and {other} exclude each other", "accept the one, then the other")
    if (suites and every) or not (suites or every or deciders or source is not None):
        raise InputError("say what to accept", "name suites, or say --all, or --deciders")
    project = project_of(context, directory)
    workspace = require_sound(open_workspace(project))
    if deciders:
        show(_approved(workspace, base, reason), form)
        return
    with nullcontext() if source is None else opened(project, source) as run:
        names = suites or ([] if run is None or every else run.suites)
        chosen = select(workspace.suites, names)
        if new_cases:
            show(_added(project, chosen, model, run), form)
        else:
            show(_accepted(project, chosen, model, reason, run), form)


def _accepted(project: Project, suites: list[Suite], model: str, reason: str, run: Source | None) -> Document:
    from llmops_cli.baselines.accept.accept import accept
    from llmops_cli.baselines.accept.accept_report import accepted_document

    return accepted_document(accept(project, suites, model=model, reason=reason, source=run), project.root)


def _added(project: Project, suites: list[Suite], model: str, run: Source | None) -> Document:
    from llmops_cli.baselines.accept.accept_report import added_document
    from llmops_cli.baselines.accept.new_cases import accept_new_cases

    return added_document(accept_new_cases(project, suites, model=model, source=run), project.root)


def _approved(workspace: Workspace, base: str, reason: str) -> Document:
    from llmops_cli.core.base_reference import base_reference
    from llmops_cli.gate.deciders.approve import approve
    from llmops_cli.gate.deciders.report import approved_document

    reference = base or base_reference(workspace.project.repository)
    return approved_document(approve(workspace, reference, reason))


def _chosen(context: typer.Context, directory: str | None, names: list[str]) -> tuple[Project, list[Suite]]:
    """The project and the suites with these names, all where none is named. Raises InputError."""
    from llmops_cli.evals.select import select
    from llmops_cli.evals.workspace import open_workspace, require_sound

    project = project_of(context, directory)
    return project, select(require_sound(open_workspace(project)).suites, names)


@app.command("show")
def show_baselines(
    context: typer.Context,
    suites: SuitesArgument = None,
    form: TableFormatOption = "terminal",
    directory: DirectoryOption = None,
) -> None:
    """Show the committed baselines: their scores, and who accepted them."""
    from llmops_cli.baselines.file import load_all
    from llmops_cli.baselines.report import baselines_document
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.reports.formats import OF_TABLES

    check_format(form, OF_TABLES)
    project, chosen = _chosen(context, directory, suites or [])
    show(baselines_document(load_all(project, chosen)), form)


@app.command("verify")
def verify_baselines(
    context: typer.Context,
    suites: SuitesArgument = None,
    form: ReadersFormatOption = "terminal",
    directory: DirectoryOption = None,
) -> int:
    """Find scores edited by hand: judge the recorded answers again and compare. Calls no model.

    Exit codes: 0 all agree, 1 a score or a file was edited or answers are missing, 2 files or arguments
    are wrong.
    """
    from llmops_cli.baselines.accept.verify import verify
    from llmops_cli.baselines.accept.verify_report import verified_document
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.core.errors import ExitCode
    from llmops_cli.reports.formats import FOR_READERS

    check_format(form, FOR_READERS)
    project, chosen = _chosen(context, directory, suites or [])
    files = verify(project, chosen)
    show(verified_document(files), form)
    return ExitCode.OK if all(file.sound for file in files) else ExitCode.NO


@app.command("rescore")
def rescore_baselines(
    context: typer.Context,
    suites: SuitesArgument = None,
    form: ReadersFormatOption = "terminal",
    directory: DirectoryOption = None,
) -> None:
    """Write what the scorers of now say of the answers that baselines keep. Calls no model."""
    from llmops_cli.baselines.rescore.report import rescored_document
    from llmops_cli.baselines.rescore.write import write_rescored
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.reports.formats import FOR_READERS

    check_format(form, FOR_READERS)
    project, chosen = _chosen(context, directory, suites or [])
    show(rescored_document(write_rescored(project, chosen), project.root), form)


@app.command("merge")
def merge_baselines(
    context: typer.Context,
    base: Annotated[str, typer.Argument(metavar="[BASE]", help="The common ancestor: git's %O.")] = "",
    ours: Annotated[str, typer.Argument(metavar="[OURS]", help="Our side: %A. It gets the result.")] = "",
    theirs: Annotated[str, typer.Argument(metavar="[THEIRS]", help="Their side: %B.")] = "",
    path: Annotated[str, typer.Argument(metavar="[PATH]", help="The name in messages: %P.")] = "",
    install: Annotated[
        bool, typer.Option("--install", help="Tell git, in this clone, to merge baselines like this.")
    ] = False,
    form: ReadersFormatOption = "terminal",
    directory: DirectoryOption = None,
) -> int:
    """Merge three versions of a baseline by case. Git calls it, once --install has set it up.

    Exit codes: 0 merged, 1 a conflict is left, with markers, 2 a side cannot be read (OURS is unchanged).
    """
    from llmops_cli.baselines.merge.driver import install as install_driver
    from llmops_cli.baselines.merge.driver import merge_files, next_steps
    from llmops_cli.baselines.merge.driver_report import installed_document
    from llmops_cli.cli.talk import check_format, say, show
    from llmops_cli.core.errors import ExitCode, InputError
    from llmops_cli.reports.formats import FOR_READERS

    check_format(form, FOR_READERS)
    if install == bool(theirs) or (install and base):
        raise InputError("say what to merge", "name BASE, OURS and THEIRS, or say --install")
    if install:
        show(installed_document(install_driver(project_of(context, directory))), form)
        return ExitCode.OK
    folder = Path(directory or context.obj or ".")
    shown = path or ours
    merged = merge_files(folder / base, folder / ours, folder / theirs, shown)
    for conflict in merged.conflicts:
        say(f"{shown}: conflict in {conflict.place}: {conflict.reason}")
    if merged.conflicts:
        say(f"    {next_steps(merged, shown)}")
    return ExitCode.NO if merged.conflicts else ExitCode.OK


@app.command("history")
def baseline_history(
    context: typer.Context,
    suite: Annotated[
        str, typer.Argument(metavar="SUITE", help="Whose baseline.", autocompletion=candidates.suites)
    ],
    model: Annotated[
        str,
        typer.Option(
            "--model", metavar="MODEL", help="Only this model's scores.", autocompletion=candidates.models
        ),
    ] = "",
    form: ReadersFormatOption = "terminal",
    directory: DirectoryOption = None,
) -> None:
    """Show how a suite's baseline went over the git history: scores, dates, commits, who accepted and why."""
    from llmops_cli.baselines.history.history import histories
    from llmops_cli.baselines.history.history_report import history_document
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.reports.formats import FOR_READERS

    check_format(form, FOR_READERS)
    project, (chosen,) = _chosen(context, directory, [suite])
    show(history_document(histories(project, chosen, model)), form)
