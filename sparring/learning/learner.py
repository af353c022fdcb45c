"""What every algorithm is to a run: something that learns a game update by update, and can be put down and taken up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparring.engine import Game
from sparring.errors import BadOption, SparringError
from sparring.learning.configuration import AlgorithmSettings, Moment, TrainConfig
from sparring.learning.crew import Crew
from sparring.learning.probes import Policy

if TYPE_CHECKING:
    from sparring.learning.opponents import Learned

Probabilities: TypeAlias = Callable[[NDArray[Any], NDArray[np.bool_]], NDArray[np.float64]]
"""Observations dtype [B, *shape] and masks bool [B, A] in, probabilities float64 [B, A] out."""
Plays: TypeAlias = Literal["greedy", "mixed"]
"""Its most likely action, or one drawn by its probabilities."""
State: TypeAlias = dict[str, dict[str, NDArray[Any]]]
"""Arrays of a checkpoint by file: each becomes FILE.safetensors."""


class Diverged(SparringError):
    """The loss, or a weight, is no number any more."""


@dataclass(frozen=True)
class Now:
    """The moment of a run in which an update happens."""

    moment: Moment
    timing: Callable[[str], AbstractContextManager[None]] = lambda _: nullcontext()
    """``with now.timing("play"):`` counts the time of the block to a phase: play, learn."""


class Learner(ABC):
    """An algorithm at work on a game. Subclasses are algorithms; their constructor takes the same three arguments.

    A subclass keeps everything that decides how training goes on in what ``state`` and ``counters`` return, so that a
    run that was put down and taken up ends in the same bytes as one that was not.
    """

    Settings: ClassVar[type[AlgorithmSettings]]
    meets_opponents: ClassVar[bool] = False
    """Whether it plays against the opponents of the configuration."""
    why_alone: ClassVar[str] = "it plays all seats itself"
    """Of one that meets none: why."""
    past_share: ClassVar[float] = 0.0
    """Its share of matches against its own past where nobody says another."""
    met_in: ClassVar[str] = ""
    """The file of a checkpoint that holds what others can meet (see ``as_met``); empty: nobody can meet it."""
    plays_one_way: ClassVar[bool] = False
    """Whether there is only one way in which its model can play."""
    devices: ClassVar[tuple[str, ...]] = ("cpu",)
    """Where it can compute: ``cpu``, ``cuda``."""

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        self.game, self.config, self.crew = game, config, crew
        self.update = 0
        """Updates so far; counted by the run."""
        self.steps = 0
        """Steps of all matches so far. Counted by ``learn``."""
        self.seconds = 0.0
        """Time spent, over all sessions of the run; counted by the run."""

    @classmethod  # noqa: B027  most algorithms have something to say
    def check(cls, game: Game, config: TrainConfig) -> None:
        """Raise BadOption, with a sentence, where this algorithm can't learn this game as configured."""

    @classmethod
    def as_met(cls, game: Game, config: TrainConfig) -> Learned:  # noqa: ARG003
        """What others meet of a run of this algorithm, into which the arrays of ``met_in`` fit. Raises BadOption."""
        raise BadOption(f"The algorithm {config.algorithm.name} has nothing that others could meet while it trains.")

    def begin_from(self, state: State) -> None:  # noqa: ARG002
        """Begin with the weights of another learner's checkpoint, or with ``averaged`` alone. Raises BadOption."""
        raise BadOption(f"The algorithm {self.config.algorithm.name} can't begin with another one's weights.")

    def require_loss(self, is_number: bool) -> None:
        """Raise Diverged unless the loss is a number."""
        if not is_number:
            raise Diverged(f"The loss is no number at update {self.update + 1}. Try a lower learning_rate.")

    def require_numbers(self, weights: Iterable[Tensor]) -> None:
        """Raise Diverged unless all weights are numbers."""
        if not all(torch.isfinite(tensor).all() for tensor in weights):
            raise Diverged(f"The weights are no numbers after update {self.update + 1}. Try a lower learning_rate.")

    @abstractmethod
    def learn(self, now: Now) -> dict[str, float]:
        """One update: play, then learn from it. Returns metrics by stable name, ``loss/value``. Raises Diverged."""

    @abstractmethod
    def policy(self) -> Policy:
        """How the learner plays when it is measured or published: its best action in each row."""

    def probabilities(self) -> Probabilities | None:
        """The mixed policy that it has learned, for games in which chance is part of good play; None: there is none."""
        return None

    def final_metrics(self) -> dict[str, float]:
        """What the result of a finished run says beside what every run is measured by. Asked once."""
        return {}

    @property
    def plays(self) -> Plays:
        """How its model plays unless told otherwise: mixed where an opponent who knows the next action could use it."""
        if self.config.plays is not None:
            return self.config.plays
        game = self.game
        guessed = game.seats > 1 and (game.simultaneous or not game.perfect_information)
        return "mixed" if guessed and game.action_kind != "box" else "greedy"

    @abstractmethod
    def model_files(self) -> dict[str, bytes]:
        """The files of the model that is published: ``model.onnx`` or ``table.npz`` (see ``agents/network.py``)."""

    @abstractmethod
    def state(self) -> State:
        """All arrays of a checkpoint, by file and name."""

    def counters(self) -> dict[str, Any]:
        """All other numbers of a checkpoint, as JSON; subclasses add theirs."""
        return {"update": self.update, "steps": self.steps, "seconds": self.seconds}

    @abstractmethod
    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        """Go on from what ``state`` and ``counters`` returned; subclasses call this for the counters that it knows."""
        self.update, self.steps, self.seconds = counters["update"], counters["steps"], counters["seconds"]
