"""Board games: against exact solutions where there are any, against search where there are none."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import numpy as np

from proofs.presets import PRESETS
from proofs.training import Trained, duel, share_of_points, train
from sparring.agents import Player, Turn, load
from sparring.engine import Game, States

SEARCH: dict[str, object] = {"algorithm": "alphazero"}
SIMULATIONS = 200
SEARCHER = "mcts:simulations=800"
SMALL: dict[str, object] = {"size": 7}
RANDOM_MATCHES = 2000
SEARCH_MATCHES = 200
SOLVER_MATCHES = 100


def tic_tac_toe(seed: int, minutes: float, row: str) -> dict[str, Any]:
    """Every line of play of the opponent, from both seats; and every position that can come up."""
    trained = train("tic_tac_toe", seed, minutes, PRESETS[row])
    player = trained.player()
    lost = [lost_lines(trained.game, player, seat) for seat in range(2)]
    share = trained.probed().value
    return {"lost_lines_by_seat": lost, "result_preserving": share, "met": sum(lost) == 0 and share == 1.0}


def connect_four(seed: int, minutes: float, row: str, least: float) -> dict[str, Any]:
    """The most likely move in each labelled position, without looking ahead."""
    trained = train("connect_four", seed, minutes, PRESETS[row])
    share = trained.probed().value
    points = share_of_points(trained.game, trained.spec, "random", RANDOM_MATCHES, seed)
    measured = {"result_preserving": share, "points_against_random": points}
    return {**measured, "curve": trained.curve, "met": share >= least and points >= 0.99}


def connect_four_search(seed: int, minutes: float) -> dict[str, Any]:
    """The searched move in each labelled position; and matches as first player against perfect play.

    The first player wins with perfect play, so each match asks for it from the first move to the last. The solver takes
    columns that are equally good equally often, so the matches differ.
    """
    trained = train("connect_four", seed, minutes, PRESETS["connect_four_search"], SEARCH)
    spec = f"{looking_ahead(trained)},views=2"
    share = preserved(trained.game, load(spec, trained.game, seed=seed))
    records = duel(trained.game, spec, "solver", 2 * SOLVER_MATCHES, seed).records
    first = [record for record in records if record.first_player == 0]
    wins = sum(record.winner == 0 for record in first) / len(first)
    measured = {"result_preserving": share, "wins_against_solver": wins, "different": different(first)}
    return {**measured, "curve": trained.curve, "met": share >= 0.97 and wins > 0.5}


def looking_ahead(trained: Trained) -> str:
    """The spec of the model with a search."""
    return f"search:{trained.spec.partition(':')[2]},simulations={SIMULATIONS}"


def othello(seed: int, minutes: float) -> dict[str, Any]:
    return beats_search(train("othello", seed, minutes, PRESETS["othello"]), seed)


def hex_7x7(seed: int, minutes: float) -> dict[str, Any]:
    return beats_search(train("hex", seed, minutes, PRESETS["hex"], SMALL), seed)


def beats_search(trained: Trained, seed: int) -> dict[str, Any]:
    """Matches of the trained network, which looks ahead a quarter as far, against search without one."""
    points = share_of_points(trained.game, looking_ahead(trained), SEARCHER, SEARCH_MATCHES, seed)
    return {"points_against_search": points, "curve": trained.curve, "met": points > 0.6}


def different(records: list[Any]) -> int:
    """How many of the matches differ in their moves."""
    return len({record.actions.tobytes() for record in records})


def lost_lines(game: Game, player: Player, seat: int) -> int:
    """Return how many lines of play the player loses from ``seat``, whatever the other side does."""
    states, lost = game.new_states(np.zeros(1, np.uint64)), 0
    while len(states):
        seats = states["seat"].astype(np.int8)
        masks = game.legal(states, seats)
        own = np.flatnonzero(seats == seat)
        masks[own] = chosen_only(game, player, states[own], masks[own])
        rows, actions = np.nonzero(masks)
        following = states[rows].view(np.recarray)
        rewards = game.play(following, actions)
        lost += int((rewards[:, seat] < 0).sum())
        states = following[~following["over"]].view(np.recarray)
    return lost


def chosen_only(game: Game, player: Player, states: States, masks: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the masks with nothing but the player's answer in each row."""
    if not len(states):
        return masks
    chosen: np.ndarray[Any, Any] = np.eye(game.num_actions, dtype=np.bool_)[answers(game, player, states)] & masks
    return chosen


def answers(game: Game, player: Player, states: States) -> np.ndarray[Any, Any]:
    """What the player does in each position, as if each were a match of its own: int64 [B]."""
    lanes, seats = np.arange(len(states)), states["seat"].astype(np.int8)
    player.begin(lanes, seats, np.zeros(len(states), np.uint64))
    observations, no_rewards = game.observe(states, seats), np.zeros(len(states), np.float32)
    reply = player.act(Turn(lanes, seats, observations, game.legal(states, seats), no_rewards, states))
    player.end(lanes, no_rewards, states)
    return np.asarray(reply.actions)


def preserved(game: Game, player: Player) -> float:
    """The share of the labelled positions in which the player's move keeps the result."""
    file = resources.files("sparring.learning.probes").joinpath("connect_four.json")
    positions = json.loads(file.read_text(encoding="utf-8"))["positions"]
    chosen = answers(game, player, replayed(game, [played for played, _ in positions]))
    order = "-LDW"
    best = [max(labels, key=order.index) for _, labels in positions]
    kept = [labels[move] == highest for (_, labels), move, highest in zip(positions, chosen, best, strict=True)]
    return sum(kept) / len(kept)


def replayed(game: Game, columns: list[str]) -> States:
    """The positions after these columns have been played."""
    states = game.new_states(np.zeros(len(columns), np.uint64))
    for ply in range(max(map(len, columns))):
        rows = [row for row, played in enumerate(columns) if len(played) > ply]
        moved = states[rows].view(np.recarray)
        game.play(moved, np.array([int(columns[row][ply]) for row in rows]))
        states[rows] = moved
    return states
