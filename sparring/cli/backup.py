"""``sparring backup`` and ``sparring restore``: everything that an arena knows, in one file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer


def backup(
    target: Annotated[Path | None, typer.Argument(help="The file to write; by default sparring-DATE.tar.gz.")] = None,
) -> None:
    """Write database, submissions, models and runs to one file, while the arena runs or not.

    Example: [bold]sparring backup arena.tar.gz[/bold]
    """
    import sparring.site

    sparring.site.setup()
    from sparring.site.backup import back_up

    done = back_up(target or Path(f"sparring-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar.gz"))
    typer.echo(
        f"Wrote {done.files:,} files, {done.size / 1e6:,.1f} MB unpacked, to {done.path}. "
        "It holds the arena's secret key: keep it where nobody else reads it."
    )


def restore(source: Annotated[Path, typer.Argument(help="A file that `sparring backup` wrote.")]) -> None:
    """Make an arena of a backup, in an empty SPARRING_HOME (and an empty database, where DATABASE_URL names one).

    Example: [bold]SPARRING_HOME=/path/to/new sparring restore arena.tar.gz[/bold]
    """
    import sparring.site

    sparring.site.setup()
    from sparring.site.backup import restore as restore_backup

    done = restore_backup(source)
    typer.echo(f"Restored {done.files:,} files of {done.made}, made by Sparring {done.version}. Go on: sparring up")
