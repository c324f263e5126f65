"""`llmops schema`: what may stand in each kind of file."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from llmops_cli.cli.completion import candidates
from llmops_cli.cli.options import TableFormatOption


def schema(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="Default: list them.", autocompletion=candidates.schemas)
    ] = "",
    form: TableFormatOption = "terminal",
) -> None:
    """Print the JSON Schema of one kind of file, as editors take it; without a name, list the kinds.

    The list takes `--format`; a schema is JSON. Where a project has its copies, `llmops check` renews them.
    """
    from llmops_cli.cli.talk import check_format, show
    from llmops_cli.core.errors import InputError
    from llmops_cli.core.schema import NAMES, published, published_text
    from llmops_cli.core.spelling import did_you_mean
    from llmops_cli.reports import numbers
    from llmops_cli.reports.formats import OF_TABLES
    from llmops_cli.reports.listing import listing_document

    check_format(form, OF_TABLES)
    if not name:
        kinds = [(kind, published(kind)["title"], published(kind)["description"]) for kind in NAMES]
        data = {"schemas": [{"name": kind, "title": title} for kind, title, _ in kinds]}
        show(
            listing_document(numbers.count(len(kinds), "schema"), ("name", "file", "what"), kinds, data), form
        )
    elif name in NAMES:
        sys.stdout.write(published_text(name))
    else:
        raise InputError(f"there is no schema `{name}`", did_you_mean(name, NAMES, noun="schemas"))
