"""``sparring warm``: compile ahead of time."""

from __future__ import annotations

import time

import typer

SLOWEST_FIRST = ("nh_fight", "chess", "snakes", "quarto")
"""What takes longest to compile, so that no core is left alone with it at the end."""


def warm() -> None:
    """Compile the kernels of every game, on all cores, so that the first match starts at once.

    Example: [bold]sparring warm[/bold]
    """
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor, as_completed

    from sparring.cores import cores
    from sparring.engine import game_names

    names = sorted(game_names(), key=lambda name: (name not in SLOWEST_FIRST, name))
    with ProcessPoolExecutor(cores(), multiprocessing.get_context("spawn")) as processes:
        for done in as_completed([processes.submit(warm_game, name) for name in names]):
            typer.echo(done.result())


def warm_game(name: str) -> str:
    """Compile all that a game needs on its ladder; a sentence about it."""
    from sparring.agents import house_agents, load
    from sparring.engine import Batch, load_game
    from sparring.errors import SparringError
    from sparring.matches import play_duel

    began = time.perf_counter()
    try:
        game = load_game(name)
    except SparringError as error:
        return f"{name}: left out. {error}"
    Batch(game, 2, seed=0).random_play(2)
    # One agent of each kind is enough: agents of a kind share their kernels.
    specs = {spec.partition(":")[0]: spec for _, spec in reversed(house_agents(game))}
    for spec in specs.values():
        players = [load("random", game), load(spec, game)]
        play_duel(game, players, ["random", spec], 2, seed=0)
    return f"{game.title}: ready after {time.perf_counter() - began:.1f} s"
