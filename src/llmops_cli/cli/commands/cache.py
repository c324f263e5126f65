"""`llmops cache`: the answers kept on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from llmops_cli.cli.options import DirectoryOption, project_of

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look at and prune the answer cache.")


@app.command("stats")
def cache_stats(context: typer.Context, directory: DirectoryOption = None) -> None:
    """Say how many answers are kept, and how much room they take."""
    from llmops_cli.cli.talk import say
    from llmops_cli.models.cache import open_cache

    with open_cache(project_of(context, directory), say) as cache:
        stats = cache.stats()
    print(f"{stats.answers:,} answers, {stats.size_bytes / 1e6:.1f} MB")


@app.command("prune")
def prune_cache(
    context: typer.Context,
    days: Annotated[
        float, typer.Option("--older-than", min=0, metavar="DAYS", help="Drop answers older than this.")
    ] = 30,
    directory: DirectoryOption = None,
) -> None:
    """Drop old answers. What a run needs again is asked again."""
    from llmops_cli.cli.talk import say
    from llmops_cli.models.cache import open_cache

    with open_cache(project_of(context, directory), say) as cache:
        print(f"{cache.prune(days):,} answers dropped")
