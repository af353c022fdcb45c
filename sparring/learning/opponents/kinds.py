"""Kinds of opponents: who may be met, who is drawn, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sparring.agents.scripted import SCRIPTS
from sparring.agents.spec import load
from sparring.engine import Game
from sparring.errors import BadOption, SparringError, UnknownName
from sparring.learning.configuration import Moment
from sparring.learning.configuration.opponents import KindSettings
from sparring.learning.opponents.actors import Actor, PlayerActor


class Kind(Protocol):
    """One kind of opponents. A *member* is one of them, by a name that is its own within the kind."""

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> KindSettings: ...

    def draw(self, count: int, chance: np.random.Generator, moment: Moment) -> list[str]:
        """The members that ``count`` groups of matches meet next; empty where there is nobody yet."""
        ...

    def actor(self, member: str) -> Actor:
        """The one who plays for a member. Raises SparringError where it can't be loaded."""
        ...

    def met(self, member: str, points: NDArray[np.float64]) -> None:
        """Matches against a member have ended; ``points: float64 [n]`` are the learner's, 0 to 1."""
        ...

    def after_update(self, update: int) -> None:
        """The learner has made ``update`` updates."""
        ...

    def retain(self, used: set[str]) -> None:
        """Forget the members that can neither be drawn nor are used."""
        ...

    def counters(self) -> dict[str, Any]:
        """What is remembered, as JSON."""
        ...

    def restore(self, counters: Mapping[str, Any]) -> None:
        """Go on from ``counters()``."""
        ...


class Named:
    """Agents by their specs, each as likely as the other, or by ``weights``. Raises what ``load`` raises, BadOption."""

    def __init__(
        self,
        name: str,
        settings: KindSettings,
        specs: tuple[str, ...],
        game: Game,
        seed: int,
        weights: tuple[float, ...] = (),
    ) -> None:
        self.name, self.settings, self.specs = name, settings, specs
        self._game, self._seed = game, seed
        if settings.share.constant != 0:
            if not specs:
                written = settings.share.written
                raise BadOption(f"opponents.{name}.share is {written}, but nobody is named to play there.")
            for spec in specs:
                load(spec, game, seed=seed).close()
        if weights and (len(weights) != len(specs) or min(weights) < 0 or not sum(weights)):
            raise BadOption(f"opponents.{name}.weights are {len(specs)} numbers from 0, one for each agent.")
        self._chances = np.array(weights) / sum(weights) if weights else None

    def draw(self, count: int, chance: np.random.Generator, moment: Moment) -> list[str]:  # noqa: ARG002
        if not self.specs:
            return []
        return [self.specs[index] for index in chance.choice(len(self.specs), size=count, p=self._chances)]

    def actor(self, member: str) -> Actor:
        return PlayerActor(member, self._game, self._seed)

    def met(self, member: str, points: NDArray[np.float64]) -> None:
        pass

    def after_update(self, update: int) -> None:
        pass

    def retain(self, used: set[str]) -> None:
        pass

    def counters(self) -> dict[str, Any]:
        return {}

    def restore(self, counters: Mapping[str, Any]) -> None:
        pass


def scripted_specs(names: tuple[str, ...], game: Game) -> tuple[str, ...]:
    """The specs of scripted agents of a game, all of them where none is named. Raises UnknownName, SparringError."""
    known = SCRIPTS.get(game.name, {})
    for name in names:
        if name not in known:
            if not known:
                raise SparringError(f"There are no scripted agents for {game.name}.")
            raise UnknownName(f"scripted agent of {game.name}", name, known)
    return tuple(f"scripted:{name}" for name in names or known)
