"""``sparring ledger``: every pairing of the arena's matchmaking, made again from its ledger."""

from __future__ import annotations

from typing import Annotated

import typer


def ledger(
    ladder: Annotated[str, typer.Argument(help="A ladder, as in its page's address; by default all of them.")] = "",
) -> None:
    """Replay the ledger of matchmaking: does each pairing come out again as it was made? Exit status 0: all do; 1: not.

    Example: [bold]sparring ledger connect_four[/bold]
    """
    import sparring.site
    from sparring.errors import UnknownName

    sparring.site.setup()
    from sparring.site.ladders.models import Ladder
    from sparring.site.matches.ledger import replay_all

    ladders = list(Ladder.objects.filter(slug=ladder) if ladder else Ladder.objects.all())
    if not ladders and ladder:
        raise UnknownName("ladder", ladder, Ladder.objects.values_list("slug", flat=True))
    wrong = 0
    for found in ladders:
        replayed = list(replay_all(found))
        others = [each for each in replayed if not each.same]
        wrong += len(others)
        typer.echo(f"{found.slug}: {len(replayed):,} pairings replayed, {len(others)} came out otherwise")
        for each in others[:10]:
            typer.echo(f"  duel {each.entry.duel_id} was made because: {each.entry.duel.reason}")
            typer.echo(f"  and would be now: {each.reason or 'none'}")
    raise typer.Exit(1 if wrong else 0)
