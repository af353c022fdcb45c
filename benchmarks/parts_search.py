"""Tree search by a network: the same network, positions and simulations for all."""

from __future__ import annotations

from contest import Contestant
from part import OURS, Part, Target
from peers import PEERS_PYTHON

SECONDS = (3.0, 1.0)
ROUNDS = (5, 1)


def search_parts() -> list[Part]:
    return [dense(), residual()]


def contestants(*words: str) -> list[Contestant]:
    return [
        Contestant("Sparring", [OURS, "../search/search_sparring.py", *words]),
        Contestant("mctx with Pgx", [PEERS_PYTHON, "../search/search_mctx.py", *words]),
        Contestant("OpenSpiel's Python MCTS", [PEERS_PYTHON, "../search/search_pyspiel.py", *words]),
    ]


def dense() -> Part:
    return Part(
        "search",
        "Connect Four, Gumbel AlphaZero's search, 128 positions of 200 simulations, two dense layers of 64, one core",
        "simulations/s",
        contestants(),
        [Target("Sparring", 3, "mctx with Pgx"), Target("Sparring", 10, "OpenSpiel's Python MCTS")],
        SECONDS,
        ROUNDS,
    )


def residual() -> Part:
    """The network is nearly all of it: told without a promise."""
    return Part(
        "search-residual",
        "The same with a residual network, two blocks of 32 channels",
        "simulations/s",
        contestants("residual"),
        [Target("Sparring", 0, "mctx with Pgx"), Target("Sparring", 0, "OpenSpiel's Python MCTS")],
        SECONDS,
        ROUNDS,
    )
