"""Kinds of opponents: who may be met, who is drawn, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import nn

from sparring.agents.scripted import SCRIPTS
from sparring.engine import Game
from sparring.errors import BadOption, SparringError, UnknownName
from sparring.learning.configuration.opponents import KindSettings, OpponentSettings, PastSettings
from sparring.learning.opponents.actors import Actor, NetworkActor, PlayerActor, Sampler
from sparring.learning.opponents.pool import Pool

SamplerOf: TypeAlias = Callable[[nn.Module], Sampler]


class Kind(Protocol):
    """One kind of opponents. A *member* is one of them, by a name that is its own within the kind."""

    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> KindSettings: ...

    def draw(self, count: int, chance: np.random.Generator) -> list[str]:
        """The members that ``count`` groups of matches meet next; empty where there is nobody yet."""
        ...

    def actor(self, member: str) -> Actor:
        """The one who plays for a member. Raises SparringError where it can't be loaded."""
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


class Past:
    """Frozen copies of the learner's own past: each as likely as the other."""

    name = "past"

    def __init__(self, settings: PastSettings, network: nn.Module, sampler_of: SamplerOf) -> None:
        self.settings = settings
        self.pool = Pool(settings.capacity)
        self.every = settings.snapshot_every
        self._network, self._sampler_of = network, sampler_of

    def after_update(self, update: int) -> None:
        """Take a snapshot, if one is due after ``update`` updates. A full pool takes them half as often."""
        if self.settings.share.constant != 0 and update % self.every == 0 and self.pool.add(update, self._network):
            self.every *= 2

    def draw(self, count: int, chance: np.random.Generator) -> list[str]:
        if not self.pool.members:
            return []
        return [str(member) for member in chance.choice(self.pool.members, size=count).tolist()]

    def actor(self, member: str) -> Actor:
        return NetworkActor(self.pool.networks[int(member)], self._sampler_of)

    def retain(self, used: set[str]) -> None:
        self.pool.retain({int(member) for member in used})

    def counters(self) -> dict[str, Any]:
        return {"members": self.pool.members, "every": self.every}

    def arrays(self) -> dict[str, dict[str, NDArray[Any]]]:
        """The weights of each snapshot, by the file that keeps it for good."""
        return {f"past/{update:09}": weights for update, weights in self.pool.arrays().items()}

    def restore_arrays(self, state: Mapping[str, Mapping[str, NDArray[Any]]]) -> None:
        """Take over the snapshots among the files of a checkpoint."""
        kept = {int(name.removeprefix("past/")): weights for name, weights in state.items() if name.startswith("past/")}
        self.pool.restore(kept, self._network)

    def restore(self, counters: Mapping[str, Any]) -> None:
        self.pool.members, self.every = list(counters["members"]), counters["every"]


class Named:
    """Agents by their specs: each as likely as the other."""

    def __init__(self, name: str, settings: KindSettings, specs: tuple[str, ...], game: Game, seed: int) -> None:
        self.name, self.settings, self.specs = name, settings, specs
        self._game, self._seed = game, seed
        if not specs and settings.share.constant != 0:
            raise BadOption(f"opponents.{name}.share is {settings.share.written}, but nobody is named to play there.")

    def draw(self, count: int, chance: np.random.Generator) -> list[str]:
        return [self.specs[index] for index in chance.integers(len(self.specs), size=count)] if self.specs else []

    def actor(self, member: str) -> Actor:
        return PlayerActor(member, self._game, self._seed)

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


def named_kinds(settings: OpponentSettings, game: Game, seed: int) -> list[Kind]:
    """The kinds of opponents that are agents with a spec."""
    scripted = scripted_specs(settings.scripted.names, game)
    return [
        Named("targets", settings.targets, settings.targets.agents, game, seed),
        Named("scripted", settings.scripted, scripted, game, seed),
    ]
