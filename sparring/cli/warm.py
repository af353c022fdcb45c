"""``sparring warm``: compile ahead of time."""

from __future__ import annotations

import time

import typer


def warm() -> None:
    """Compile the kernels of every game, so that the first match starts at once.

    Example: [bold]sparring warm[/bold]
    """
    from sparring.agents import house_agents, load
    from sparring.engine import Batch, game_names, load_game
    from sparring.errors import SparringError
    from sparring.matches import play_duel

    for name in game_names():
        began = time.perf_counter()
        try:
            game = load_game(name)
        except SparringError as error:
            typer.echo(f"{name}: left out. {error}")
            continue
        Batch(game, 2, seed=0).random_play(2)
        # One agent of each kind is enough: agents of a kind share their kernels.
        specs = {spec.partition(":")[0]: spec for _, spec in house_agents(game)}
        for spec in specs.values():
            players = [load("random", game), load(spec, game)]
            play_duel(game, players, ["random", spec], 2, seed=0)
        typer.echo(f"{game.title}: ready after {time.perf_counter() - began:.1f} s")
