"""Monte Carlo tree search: plays many random matches from here and keeps to what went well."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.searcher import Search, Searcher, has_chance, has_evaluation, highest_estimate, refuse, why_no_mcts
from sparring.engine import Game, specialise

_FIELDS = [("total", np.float64)] + [
    (name, np.int32) for name in ("visits", "child", "sibling", "action", "untried", "seat")
]
_NODE = np.dtype((np.record, np.dtype(_FIELDS)))

_TO_THE_END = 1_000_000
_SOON = 0
"""Plies of a roll-out where an evaluation judges the position in which it ends."""
_A_WHILE = 40
"""Plies of a roll-out where all act at once: such matches are long, and random play soon says no more."""
_LONGEST_PATH = 512
_LARGEST_TREE = 2**22
"""Statistics kept at most; what lies beyond is played at random."""
_SHARE = 0.25
"""Where information is hidden, choices are drawn by visits, among options with this share of the most visits."""


class MctsPlayer(Searcher):
    """UCT with ``simulations`` roll-outs a move. ``exploration`` weighs doubt against success so far.

    ``depth``: plies of a roll-out; 0 takes what suits the game. Where the game has chance, hidden information, all
    acting at once or more than two seats, each simulation deals anew what the seat doesn't know (see
    ``kernels/mcts_open.py``). It takes what was tried most; where information is hidden, and it should not be seen
    through, it draws by how often each was tried. Raises SparringError for a game that it can't play.
    """

    def __init__(
        self, game: Game, seed: int = 0, simulations: int = 200, depth: int = 0, exploration: float = 1.0
    ) -> None:
        obstacle = why_no_mcts(game)
        if obstacle:
            raise refuse("mcts", game, obstacle)
        plies = depth or suitable_depth(game)
        make = _closed_search if is_plain(game) else _open_search
        super().__init__(game, make(game, simulations, exploration, plies), seed)


def is_plain(game: Game) -> bool:
    """Whether the game is one of two seats in turn who know everything: then a node of the tree is a position."""
    in_turn = game.seats == 2 and not game.simultaneous and game.action_kind == "discrete"
    return in_turn and game.perfect_information and not has_chance(game)


def suitable_depth(game: Game) -> int:
    """Plies of a roll-out."""
    if has_evaluation(game):
        return _SOON
    return _A_WHILE if game.simultaneous else _TO_THE_END


def _closed_search(game: Game, simulations: int, exploration: float, depth: int) -> Search:
    kernels = specialise(game, "sparring.agents.kernels.mcts")
    nodes = np.zeros(simulations + 1, _NODE)
    budget = (simulations, exploration, depth, highest_estimate(game))

    def search(
        states: NDArray[Any],
        seats: NDArray[np.int8],  # noqa: ARG001
        masks: NDArray[np.bool_],
        random: NDArray[np.uint32],
        actions: NDArray[np.int64],
    ) -> None:
        kernels.search_all(states, masks, budget, nodes, random, actions)

    return search


def _open_search(game: Game, simulations: int, exploration: float, depth: int) -> Search:
    kernels = specialise(game, "sparring.agents.kernels.mcts_open")
    seats, heads = game.seats, len(game.heads)
    players = seats if game.simultaneous else 1
    statistics = (
        min(simulations + 1, max(2, _LARGEST_TREE // (players * game.num_actions))),
        players,
        game.num_actions,
    )
    slots = 2 * statistics[0] + 1
    tree = (
        np.zeros(statistics, np.int32),
        np.zeros(statistics, np.float32),
        np.zeros(statistics, np.int32),
        np.zeros(slots, np.int64),
        np.zeros(slots, np.int32),
    )
    length = min(statistics[0], _LONGEST_PATH)
    path = (
        np.zeros(length, np.int32),
        np.zeros(length, np.int8),
        np.zeros((length, players, heads), np.int32),
        np.zeros((length, seats), np.float64),
    )
    actions = game.actions.zeros(1, *((seats,) if game.simultaneous else ()))
    world = (
        np.zeros((players, game.num_actions), np.bool_),
        actions,
        actions.reshape(players, heads),
        np.zeros(seats, np.float32),
        np.zeros(seats, np.float64),
    )
    space = (game.actions.starts, game.actions.together)
    budget = (simulations, exploration, depth, highest_estimate(game))

    share = 1.0 if game.perfect_information else _SHARE

    def search(
        states: NDArray[Any],
        own: NDArray[np.int8],
        masks: NDArray[np.bool_],
        random: NDArray[np.uint32],
        choices: NDArray[np.int64],
    ) -> None:
        rows = choices.reshape(len(choices), heads)
        kernels.search_all(states, own, masks, budget, share, space, tree, path, world, random, rows)

    return search
