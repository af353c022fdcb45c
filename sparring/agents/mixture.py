"""Models that are mixtures: several networks or tables, one of which is drawn for each match and plays all of it.

Such a model has a file ``mixture.json`` beside those of its members::

    {"members": [{"file": "member_0.onnx", "weight": 0.75}, {"file": "member_1.npz", "weight": 0.25}]}

Its ``model.onnx`` or ``table.npz`` is the member of the greatest weight: what answers for it where one has to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sparring.agents.network import OPTIONS, ModelPlayer, OnnxPlayer, model_folder, read_options
from sparring.agents.onnx_network import OnnxNetwork
from sparring.agents.player import Faults, Player, Reply, Turn
from sparring.agents.table import FILE as TABLE
from sparring.agents.table import read_table
from sparring.engine import Game
from sparring.engine.seeds import random_words
from sparring.errors import SparringError

FILE = "mixture.json"
Records: TypeAlias = "np.recarray[Any, Any]"
_FILES = {"model.onnx": ".onnx", TABLE: ".npz"}


class MixturePlayer:
    """Plays each match as one of ``players``, drawn by ``weights`` from the match's seed, the seat and its own seed.

    >>> from sparring.agents.spec import load
    >>> from sparring.engine import load_game
    >>> game = load_game("tic_tac_toe")
    >>> player = MixturePlayer([load("random", game), load("random", game)], [0.25, 0.75])
    >>> player.begin(np.arange(8), np.zeros(8, np.int8), np.arange(8, dtype=np.uint64))
    {}
    >>> sorted(set(player.member_of.values()))
    [0, 1]
    """

    lanes: int | None = None
    needs_states = False

    def __init__(self, players: Sequence[Player], weights: Sequence[float], seed: int = 0) -> None:
        self.players, self._seed = players, np.uint64(seed)
        self._bounds = np.cumsum(weights) / np.sum(weights)
        self.member_of: dict[int, int] = {}
        """Who plays in each lane."""

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:
        own = random_words(seats.astype(np.uint64) + np.uint64(2) * self._seed).view(np.uint64)[:, 0]
        points = random_words(seeds ^ own)[:, 0] / 2.0**32
        drawn = np.minimum(np.searchsorted(self._bounds, points, side="right"), len(self.players) - 1)
        self.member_of.update(zip(lanes.tolist(), drawn.tolist(), strict=True))
        faults: Faults = {}
        for member, rows in self._rows(lanes):
            found = self.players[member].begin(lanes[rows], seats[rows], seeds[rows])
            faults |= {int(rows[row]): fault for row, fault in found.items()}
        return faults

    def act(self, turn: Turn) -> Reply:
        actions: list[object] = [None] * len(turn)
        seconds, faults = np.zeros(len(turn)), Faults()
        for member, rows in self._rows(turn.lanes):
            states = _some(turn.states, rows, len(turn))
            arrays = turn.lanes[rows], turn.seats[rows], turn.observations[rows], turn.masks[rows], turn.rewards[rows]
            reply = self.players[member].act(Turn(*arrays, states))
            seconds[rows] = reply.seconds
            faults |= {int(rows[row]): fault for row, fault in reply.faults.items()}
            for row, action in zip(rows.tolist(), reply.actions, strict=True):
                actions[row] = action
        return Reply(actions, seconds, faults)

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], states: Records) -> None:
        for member, rows in self._rows(lanes):
            self.players[member].end(lanes[rows], scores[rows], _some(states, rows, len(lanes)))
        for lane in lanes.tolist():
            self.member_of.pop(lane, None)

    def close(self) -> None:
        for player in self.players:
            player.close()

    def _rows(self, lanes: NDArray[np.int64]) -> list[tuple[int, NDArray[np.int64]]]:
        """The members that play in these lanes, each with its rows."""
        members = np.array([self.member_of[lane] for lane in lanes.tolist()], np.int64)
        return [(member, np.flatnonzero(members == member)) for member in np.unique(members).tolist()]


def _some(states: Records, rows: NDArray[np.int64], count: int) -> Records:
    """The records of some of ``count`` rows; none, where nobody asked for records."""
    return states[rows].view(np.recarray) if len(states) == count else states


def mixture_files(members: Sequence[Mapping[str, bytes]], weights: Sequence[float]) -> dict[str, bytes]:
    """The files of a model that is a mixture, from those of its members' models, by their weights: the heaviest first.

    One member alone is no mixture.
    """
    order = sorted(range(len(members)), key=lambda index: -weights[index])
    files = dict(members[order[0]])
    if len(members) == 1:
        return files
    known = []
    for place, index in enumerate(order):
        name = next(name for name in _FILES if name in members[index])
        file = f"member_{place}{_FILES[name]}"
        files[file] = members[index][name]
        known.append({"file": file, "weight": float(weights[index])})
    return files | {FILE: json.dumps({"members": known}, indent=1).encode() + b"\n"}


def open_model(argument: str, game: Game, seed: int = 0) -> Player:
    """A model of the registry as a player; see ``network.ModelPlayer`` for the argument, and what is raised."""
    folder, manifest = model_folder(argument.partition(",")[0].strip(), game)
    if not (folder / FILE).is_file():
        return ModelPlayer(argument, game, seed=seed)
    _, options = read_options(argument, OPTIONS | {"temperature": 1.0 if manifest.plays == "mixed" else 0.0})
    members = _members(folder)
    players = [
        OnnxPlayer.playing(
            OnnxNetwork(folder / file, game) if file.endswith(".onnx") else read_table(folder / file, game),
            game,
            options,
            seed,
        )
        for file, _ in members
    ]
    return MixturePlayer(players, [weight for _, weight in members], seed)


def _members(folder: Path) -> list[tuple[str, float]]:
    try:
        known = json.loads((folder / FILE).read_bytes())["members"]
        return [(str(member["file"]), float(member["weight"])) for member in known]
    except (ValueError, KeyError, TypeError) as error:
        raise SparringError(f"{folder / FILE} is no mixture of models ({error}).") from None
