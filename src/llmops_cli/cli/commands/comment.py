"""`llmops comment`: the report in the pull request, as one comment that is edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from llmops_cli.cli.completion import candidates
from llmops_cli.cli.options import DirectoryOption, ReadersFormatOption

if TYPE_CHECKING:
    from llmops_cli.forges.comment import Posted
    from llmops_cli.reports.document import Document


def comment(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The Markdown to post; - is stdin.")],
    on: Annotated[
        str,
        typer.Option(
            "--on",
            metavar="FORGE",
            help="github or gitlab; default: where this job runs.",
            autocompletion=candidates.one_of(("github", "gitlab")),
        ),
    ] = "",
    repository: Annotated[
        str, typer.Option("--repository", metavar="NAME", help="OWNER/NAME; on GitLab an id or a path.")
    ] = "",
    number: Annotated[
        int | None, typer.Option("--number", min=1, metavar="N", help="The pull or merge request.")
    ] = None,
    api_url: Annotated[
        str, typer.Option("--api-url", metavar="URL", help="The API, as in https://HOST/api/v3.")
    ] = "",
    marker: Annotated[
        str | None,
        typer.Option("--marker", metavar="NAME", help="Whose comment; default: the project's folder."),
    ] = None,
    only_edit: Annotated[
        bool, typer.Option("--only-edit", help="Edit the comment that is there; create none.")
    ] = False,
    untrusted: Annotated[
        bool, typer.Option("--untrusted", help="A stranger's text: no mention, link, picture or HTML of it.")
    ] = False,
    form: ReadersFormatOption = "terminal",
    directory: DirectoryOption = None,
) -> None:
    """Make a report the project's comment in the pull request: create it, or edit the one that is there.

    In a job of GitHub Actions (GitHub Enterprise too) or GitLab CI the environment says which pull request.
    The token is read from GH_TOKEN or GITHUB_TOKEN, or from GITLAB_TOKEN.

    Exit codes: 0 the comment is there, or the pull request has moved on; 2 files, arguments or the token are
    missing or wrong; 3 the forge did not take it.
    """
    from llmops_cli.cli.talk import check_format, printable, say, show
    from llmops_cli.core.environment import variables
    from llmops_cli.forges.comment import post
    from llmops_cli.forges.detect import Wanted, find_target
    from llmops_cli.forges.marker import marker_of, name_of
    from llmops_cli.forges.read import read_report
    from llmops_cli.forges.untrusted import harmless
    from llmops_cli.reports.formats import FOR_READERS

    check_format(form, FOR_READERS)
    text = harmless(read_report(file)) if untrusted else read_report(file)
    target = find_target(Wanted(on, repository, number, api_url), variables())
    line = marker_of(name_of(directory or context.obj, say) if marker is None else marker)
    posted = post(target, text, line, say, create=not only_edit)
    if form == "terminal":
        print(printable(str(posted)))
    else:
        show(_posted_document(posted), form)


def _posted_document(posted: Posted) -> Document:
    """What became of a comment: the action, its address, and what did not fit."""
    from llmops_cli.reports.document import Document, Text

    cut = posted.left_out
    left = {"parts": cut.parts if cut else 0, "characters": cut.characters if cut else 0}
    data = {"action": posted.action, "url": posted.url, "why": posted.why, "left_out": left}
    return Document(Text(str(posted)), (), data)
