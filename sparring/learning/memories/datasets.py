"""Data sets of decisions: what was seen, what was done, what it brought; read, written, and recorded from duels.

A file is a safetensors file: arrays of N rows, one for each decision of one seat, and in its metadata what they are of
(``sparring_data_set``, ``game``, ``rules_version``, ``options``, ``source``)::

    observations       dtype [N, *shape]      what the seat saw before it acted
    masks              bool [N, A]            what it was allowed to do
    actions            [N, *action_shape]     what it did: int64, or float32 in a box
    rewards            float32 [N]            its own reward until its next decision, in units of the game
    next_observations  dtype [N, *shape]      what it saw at its next decision; zeros where there is none
    next_masks         bool [N, A]
    over               bool [N]               there is none: the match ended
    matches            int64 [N]              rows with the same number are one seat's match, and stand in its order

A row knows one seat only: what follows a decision is the *same* seat's next one, whoever moved in between. So a row
can come from a referee's record as well as from a player's client that saw nothing but its own side.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as save_arrays

from sparring.agents import load
from sparring.engine import Game, load_game
from sparring.engine.seeds import spread
from sparring.errors import BadOption, SparringError
from sparring.matches.duel import play_duel
from sparring.matches.record import MatchRecord
from sparring.matches.referee import Pairing, play_matches

FORMAT = "1"
ARRAYS = ("observations", "masks", "actions", "rewards", "next_observations", "next_masks", "over", "matches")


@dataclass(frozen=True)
class DataSet:
    """``N`` decisions of a game; see the top of this file for the arrays."""

    game: Game
    source: str
    """Where it comes from, for people."""
    observations: NDArray[Any]
    masks: NDArray[np.bool_]
    actions: NDArray[Any]
    rewards: NDArray[np.float32]
    next_observations: NDArray[Any]
    next_masks: NDArray[np.bool_]
    over: NDArray[np.bool_]
    matches: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.actions)

    def write(self, path: Path | str) -> None:
        """Write the file, whole or not at all. Raises SparringError when that fails."""
        about = {
            "sparring_data_set": FORMAT,
            "game": self.game.name,
            "rules_version": str(self.game.version),
            "options": json.dumps(self.game.options),
            "source": self.source,
        }
        arrays = {name: np.ascontiguousarray(getattr(self, name)) for name in ARRAYS}
        path = Path(path)
        partial = path.with_name(path.name + ".partial")
        try:
            partial.write_bytes(save_arrays(arrays, metadata=about))
            partial.replace(path)
        except OSError as error:
            raise SparringError(f"The data set can't be written to {path}: {error.strerror}.") from error
        finally:
            with suppress(OSError):
                partial.unlink()

    @property
    def digest(self) -> str:
        """SHA-256 of what is in the arrays."""
        found = sha256()
        for name in ARRAYS:
            found.update(np.ascontiguousarray(getattr(self, name)).data)
        return found.hexdigest()


def read_data_set(path: Path | str, game: Game) -> DataSet:
    """The data set of a file, if it is one of ``game``. Raises SparringError with what is wrong with it."""
    path = Path(path)
    about, arrays = _read(path, ARRAYS)
    _check_game(path, about, game)
    missing = [name for name in ARRAYS if name not in arrays]
    if missing:
        raise SparringError(f"{path} lacks the array {missing[0]}.")
    _check_arrays(path, arrays, game)
    return DataSet(game, about.get("source", ""), **arrays)


def game_of_data_set(path: Path | str) -> Game:
    """The game that a file is of. Raises SparringError with what is wrong with it."""
    about, _ = _read(Path(path), ())
    try:
        return load_game(about["game"], json.loads(about["options"]))
    except (KeyError, ValueError):
        raise SparringError(f"{path} is damaged: it doesn't say of which game and options it is.") from None


def _read(path: Path, wanted: Collection[str]) -> tuple[dict[str, str], dict[str, NDArray[Any]]]:
    """What a file says of itself, and those of its arrays that are wanted."""
    if not path.is_file():
        raise SparringError(f"There is no data set {path}. `sparring data record` makes one.")
    try:
        with safe_open(path, framework="numpy") as file:
            about = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys() if name in wanted}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise SparringError(f"{path} is no data set, or it is damaged ({error}).") from None
    if "sparring_data_set" not in about:
        raise SparringError(f"{path} is no data set: it doesn't say of which game. See docs/learning-algorithms.md.")
    if about["sparring_data_set"] != FORMAT:
        raise SparringError(f"{path} has format {about['sparring_data_set']}; update Sparring to read it.")
    return about, arrays


def _check_game(path: Path, about: dict[str, str], game: Game) -> None:
    for what, theirs, ours in (
        ("game", about.get("game"), game.name),
        ("version of the rules", about.get("rules_version"), str(game.version)),
        ("options", about.get("options"), json.dumps(game.options)),
    ):
        if theirs != ours:
            raise SparringError(f"{path} is about another {what}: {theirs} instead of {ours}.")


def _check_arrays(path: Path, arrays: dict[str, NDArray[Any]], game: Game) -> None:
    count = len(arrays["actions"]) if arrays["actions"].ndim else 0
    if count == 0:
        raise SparringError(f"{path} holds no decision.")
    seen, width = (count, *game.observation_shape), (count, game.num_actions)
    expected = {
        "observations": (seen, game.observation_dtype),
        "masks": (width, np.dtype(np.bool_)),
        "actions": ((count, *game.action_shape), game.action_dtype),
        "rewards": ((count,), np.dtype(np.float32)),
        "next_observations": (seen, game.observation_dtype),
        "next_masks": (width, np.dtype(np.bool_)),
        "over": ((count,), np.dtype(np.bool_)),
        "matches": ((count,), np.dtype(np.int64)),
    }
    for name, (shape, dtype) in expected.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != dtype:
            raise SparringError(f"{path}: {name} is {array.dtype} {array.shape}; it must be {dtype} {shape}.")
    for name in ("observations", "rewards", "next_observations"):
        if arrays[name].dtype.kind == "f" and not np.isfinite(arrays[name]).all():
            raise SparringError(f"{path}: {name} has a value that is no number.")
    illegal = np.flatnonzero(game.actions.illegal(arrays["actions"], arrays["masks"]))
    if len(illegal):
        row = int(illegal[0])
        raise SparringError(f"{path}: action {arrays['actions'][row].tolist()} of row {row} is not in its mask.")
    _check_order(path, arrays)


def _check_order(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """A decision that did not end its match is followed by one of the same match, or by the file's end."""
    goes_on = np.flatnonzero(~arrays["over"][:-1])
    astray = goes_on[arrays["matches"][goes_on] != arrays["matches"][goes_on + 1]]
    if len(astray):
        raise SparringError(f"{path}: row {int(astray[0])} goes on, but the next row belongs to another match.")


def record_duels(game: Game, specs: Sequence[str], matches: int, seed: int, of: Collection[str] = ()) -> DataSet:
    """Let agents play, and keep their decisions: each pair of ``specs`` plays ``matches`` matches, both seats alike.

    A single agent plays itself. In a game for one seat each agent plays ``matches`` of its own. ``of`` keeps only the
    decisions of these specs. Raises as ``load`` does, and BadOption where agents are missing or the game is for more.
    """
    if not specs:
        raise BadOption("Whose decisions? Name at least one agent.")
    unknown = set(of) - set(specs)
    if unknown:
        raise BadOption(f"{min(unknown)} plays no match, so there are no decisions of it.")
    if game.seats > 2:
        raise BadOption(f"Duels are for two; {game.title} has {game.seats} seats.")
    records: list[MatchRecord] = []
    groups = [(spec,) for spec in specs] if game.seats == 1 else list(combinations(specs, 2)) or [(specs[0],) * 2]
    for group, group_seed in zip(groups, spread(seed, len(groups)).tolist(), strict=True):
        records += _play(game, group, matches, group_seed)
    return from_records(game, records, f"duels of {', '.join(specs)}", of)


def _play(game: Game, specs: Sequence[str], matches: int, seed: int) -> list[MatchRecord]:
    players = [load(spec, game, seed=seed % 2**31 + place) for place, spec in enumerate(specs)]
    try:
        if game.seats == 2:
            return play_duel(game, players, list(specs), matches, seed % 2**31).records
        pairing = Pairing(spread(seed, matches), np.zeros((matches, 1), np.int8))
        return play_matches(game, players, list(specs), pairing)
    finally:
        for player in players:
            player.close()


def from_records(game: Game, records: Sequence[MatchRecord], source: str, of: Collection[str] = ()) -> DataSet:
    """The decisions in records of ``game``; those of matches that a fault ended are left out.

    ``of`` keeps only the decisions of players with these names. Raises SparringError where nothing is left, or records
    are of another game or can't be replayed.
    """
    fair = [record for record in records if record.fault is None]
    if not fair:
        raise SparringError("There is no match that was played to its end, so there is nothing to learn from.")
    for record in fair:
        if (record.game, record.options) != (game.name, game.options):
            raise SparringError(f"A record is of {record.game} {record.options}, not of {game.name} {game.options}.")
        if record.rules_version != game.version:
            raise SparringError(
                f"A match was played under version {record.rules_version} of the rules of {game.title}; "
                f"this Sparring has version {game.version} and can't replay it."
            )
    collector = _Collector(game, fair, of)
    collector.replay()
    return collector.data_set(source)


class _Collector:
    """All records replayed in lock-step, each seat's decisions written down as they come."""

    def __init__(self, game: Game, records: Sequence[MatchRecord], of: Collection[str]) -> None:
        self.game, self.records = game, records
        self.states = game.new_states(np.array([record.seed for record in records], np.uint64))
        self.kept = np.array([[not of or name in of for name in record.players] for record in records], np.bool_)
        self.latest = np.full((len(records), game.seats), -1, np.int64)
        """Of each match and seat: the number of its latest decision; -1 before the first."""
        self.count = 0
        self.columns: dict[str, list[NDArray[Any]]] = {name: [] for name in ("seen", "masks", "actions", "who")}
        self.rewards: list[NDArray[np.float64]] = []
        self.following: list[NDArray[np.int64]] = []

    def replay(self) -> None:
        """Play every match again. Raises SparringError, by way of IllegalAction, for damaged records."""
        plies = np.array([record.plies for record in self.records])
        for ply in range(int(plies.max(initial=0))):
            matches = np.flatnonzero(plies > ply)
            current = self.states[matches]
            actions = np.array([self.records[match].actions[ply] for match in matches.tolist()], self.game.action_dtype)
            if self.game.simultaneous:
                for seat in range(self.game.seats):
                    self._decide(matches, np.full(len(matches), seat, np.int8), current, actions[:, seat])
            else:
                self._decide(matches, current["seat"].copy(), current, actions)
            self._reward(matches, self.game.play(current, actions))
            self.states[matches] = current

    def _decide(self, matches: NDArray[np.int64], seats: NDArray[np.int8], states: Any, actions: NDArray[Any]) -> None:
        rows = np.flatnonzero(self.kept[matches, seats])
        numbers = self.count + np.arange(len(rows))
        self.count += len(rows)
        who = np.stack([matches[rows], seats[rows].astype(np.int64)], axis=1)
        before = self.latest[who[:, 0], who[:, 1]]
        self.latest[who[:, 0], who[:, 1]] = numbers
        self.columns["seen"].append(self.game.observe(states[rows], seats[rows]))
        self.columns["masks"].append(self.game.legal(states[rows], seats[rows]))
        self.columns["actions"].append(actions[rows])
        self.columns["who"].append(who)
        self.following.append(np.stack([before, numbers], axis=1)[before >= 0])

    def _reward(self, matches: NDArray[np.int64], rewards: NDArray[np.float32]) -> None:
        latest = self.latest[matches]
        places = np.nonzero(latest >= 0)
        self.rewards.append(np.stack([latest[places], rewards[places].astype(np.float64)], axis=1))

    def data_set(self, source: str) -> DataSet:
        """What was written down, match by match and seat by seat."""
        if self.count == 0:
            raise SparringError("None of the players whose decisions are wanted has played.")
        columns = {name: np.concatenate(parts) for name, parts in self.columns.items()}
        rewards = np.zeros(self.count)
        for part in self.rewards:
            np.add.at(rewards, part[:, 0].astype(np.int64), part[:, 1])
        following = np.full(self.count, -1, np.int64)
        pairs = np.concatenate(self.following)
        following[pairs[:, 0]] = pairs[:, 1]
        over = following < 0
        seen, masks = columns["seen"][following], columns["masks"][following]
        seen[over], masks[over] = 0, False
        order = np.lexsort((columns["who"][:, 1], columns["who"][:, 0]))
        _, matches = np.unique(columns["who"], axis=0, return_inverse=True)
        return DataSet(
            game=self.game,
            source=source,
            observations=columns["seen"][order],
            masks=columns["masks"][order],
            actions=columns["actions"][order],
            rewards=rewards[order].astype(np.float32),
            next_observations=seen[order],
            next_masks=masks[order],
            over=over[order],
            matches=matches.ravel()[order].astype(np.int64),
        )
