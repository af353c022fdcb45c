"""Other runs as opponents: the latest network of one, and the past networks of several, read from their folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays

from sparring.engine import Game, home
from sparring.errors import BadOption, SparringError
from sparring.learning.algorithms import algorithm
from sparring.learning.configuration import Moment
from sparring.learning.configuration.opponents import LatestSettings, PoolSettings
from sparring.learning.opponents.actors import Actor
from sparring.learning.opponents.learned import Learned
from sparring.learning.opponents.results import Results
from sparring.learning.opponents.scheme import Draw
from sparring.learning.runs.checkpoints import checkpoint_folders
from sparring.learning.runs.folder import read_config


class Latest:
    """The latest network of another run; a member is the name of its checkpoint. A newer one is met when it is drawn.

    Raises UnknownName, with the nearest run, and BadOption for a run of another game.
    """

    name = "latest"

    def __init__(self, settings: LatestSettings, game: Game, frames: tuple[int, ...]) -> None:
        self.settings, self._game, self._file = settings, game, ""
        self._found: str | None = None
        if settings.share.constant != 0:
            if not settings.run:
                raise BadOption("opponents.latest.share is not 0, but no run is named: set opponents.latest.run.")
            check_same_game(settings.run, game, frames)
            self._file = file_to_meet(settings.run)
            self._look()

    def draw(self, count: int, chance: np.random.Generator, moment: Moment) -> list[str]:  # noqa: ARG002
        return [] if self._found is None else [self._found] * count

    def actor(self, member: str) -> Actor:
        folder = home() / "runs" / self.settings.run
        try:
            learned = learned_in(folder / "checkpoints" / member / self._file, self.settings.run, self._game)
        except FileNotFoundError:
            self._look()
            newest = checkpoint_folders(folder)[-1]
            learned = learned_in(newest / self._file, self.settings.run, self._game)
        return learned.actor()

    def met(self, member: str, points: NDArray[np.float64]) -> None:
        pass

    def after_update(self, update: int) -> None:
        if self.settings.share.constant != 0 and update % self.settings.reload_every == 0:
            self._look()

    def retain(self, used: set[str]) -> None:
        pass

    def counters(self) -> dict[str, Any]:
        return {"found": self._found}

    def restore(self, counters: Mapping[str, Any]) -> None:
        self._found = counters["found"]

    def _look(self) -> None:
        folders = checkpoint_folders(home() / "runs" / self.settings.run)
        found = [path for path in folders if (path / self._file).exists()]
        self._found = found[-1].name if found else None


class PastOfRuns:
    """The past networks of several runs, which may come into being while this one goes on; a member is RUN/FILE.

    Raises UnknownName, with the nearest run, and BadOption for a run of another game.
    """

    name = "pool"

    def __init__(
        self,
        settings: PoolSettings,
        game: Game,
        league: tuple[str, ...],
        frames: tuple[int, ...],
        results: Results,
    ) -> None:
        """``league``: the runs that are met where the settings name none."""
        self.settings = settings
        self.scheme = Draw(settings, results, self.name)
        self.members: list[str] = []
        self._game = game
        self._runs = runs = settings.runs or league
        if settings.share.constant != 0:
            if not runs:
                raise BadOption("opponents.pool.share is not 0, but no run is named: set opponents.pool.runs.")
            for run in settings.runs:
                if not run.endswith("*"):
                    check_same_game(run, game, frames)
            weights = list(settings.weights.values())
            if weights and (min(weights) < 0 or not sum(weights)):
                raise BadOption("opponents.pool.weights are numbers from 0, and not all of them are 0.")
            self._look()

    def draw(self, count: int, chance: np.random.Generator, moment: Moment) -> list[str]:
        if self.settings.weights:
            names, weights = list(self.settings.weights), np.array(list(self.settings.weights.values()))
            return [names[index] for index in chance.choice(len(names), size=count, p=weights / weights.sum())]
        drawn = self.scheme.members(self.members, count, chance, moment)
        if all(self._file(member).exists() for member in drawn):
            return drawn
        self._look()
        return self.scheme.members(self.members, count, chance, moment)

    def actor(self, member: str) -> Actor:
        run, _, file = member.partition("/")
        try:
            learned = learned_in(self._file(member), run, self._game)
        except FileNotFoundError as error:
            raise SparringError(f"The network {file} of the run {run} has been deleted while it was met.") from error
        return learned.actor()

    def met(self, member: str, points: NDArray[np.float64]) -> None:
        self.scheme.met(member, points, self.members)

    def after_update(self, update: int) -> None:
        if self.settings.share.constant != 0 and update % self.settings.reload_every == 0:
            self._look()

    def retain(self, used: set[str]) -> None:
        pass

    def counters(self) -> dict[str, Any]:
        return {"members": self.members, "scheme": self.scheme.counters()}

    def restore(self, counters: Mapping[str, Any]) -> None:
        self.members = list(counters["members"])
        self.scheme.restore(counters["scheme"])

    def _file(self, member: str) -> Path:
        run, _, file = member.partition("/")
        return home() / "runs" / run / "past" / f"{file}.safetensors"

    def _look(self) -> None:
        self.members = [f"{path.parent.parent.name}/{path.stem}" for path in past_files(self._runs)]


def past_files(runs: tuple[str, ...]) -> list[Path]:
    """The files of past networks of all runs named so, the oldest first; ``ada.*`` are all that begin with ``ada.``."""
    files = (home() / "runs").glob("*/past/*.safetensors")
    wanted = [path for path in files if any(_is_named(path.parent.parent.name, run) for run in runs)]
    return sorted(wanted, key=lambda path: (path.stem, path.parent.parent.name))


def check_same_game(run: str, game: Game, frames: tuple[int, ...]) -> None:
    """Raise UnknownName for a run that is none, BadOption for one whose network can't play here."""
    config = read_config(run)
    if config.game != game.name:
        raise BadOption(f"The run {run} learns {config.game}; it can't be an opponent in {game.name}.")
    if config.play.past != frames:
        raise BadOption(f"The run {run} sees other frames: an opponent has the play.frames of the run, {frames}.")


def file_to_meet(run: str) -> str:
    """The file of a run's checkpoints that holds what others can meet of it. Raises BadOption where there is none."""
    name = read_config(run).algorithm.name
    if not (file := algorithm(name).met_in):
        raise BadOption(f"The run {run} is one of {name}, which has nothing that others could meet while it trains.")
    return f"{file}.safetensors"


def learned_in(file: Path, run: str, game: Game) -> Learned:
    """What a run has learned, out of ``file``. Raises FileNotFoundError, SparringError."""
    config = read_config(run)
    try:
        return algorithm(config.algorithm.name).as_met(game, config).thawed(load_arrays(file.read_bytes()))
    except (SafetensorError, RuntimeError, KeyError, ValueError) as error:
        why = " ".join(str(error).split())
        raise SparringError(f"The network {file.name} of the run {run} can't play {game.name}: {why}") from error


def _is_named(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
