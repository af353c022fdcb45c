"""What the house means by a player: someone who is asked for actions, many positions at once.

Nothing here but NumPy is imported, because the runner inside the sandbox reads this module too and has to start fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from sparring.errors import AgentFault

Faults = dict[int, AgentFault]
"""Row of the call -> what the agent did wrong there."""


@dataclass
class Turn:
    """All positions in which a player is to move. Every field has length ``B``, one row a match."""

    lanes: NDArray[np.int64]
    """int64 [B]: which match each row belongs to, as given to ``begin``."""
    seats: NDArray[np.int8]
    """int8 [B]: the seat that the player has in that match."""
    observations: NDArray[Any]
    """dtype [B, *shape]: what that seat sees."""
    masks: NDArray[np.bool_]
    """bool [B, A]: the legal actions."""
    rewards: NDArray[np.float32]
    """float32 [B]: own reward since the player's last turn in that match."""
    states: np.recarray[Any, Any]
    """Records [B] of the game, for players that read them (``needs_states``)."""

    def __len__(self) -> int:
        return len(self.lanes)


@dataclass
class Reply:
    """What a player answers to a ``Turn`` of ``B`` rows."""

    actions: Sequence[object] | NDArray[Any]
    """B answers, unchecked: the referee checks them. Whatever stands in a row with a fault is ignored."""
    seconds: NDArray[np.float64]
    """float64 [B]: the player's own time on each row."""
    faults: Faults = field(default_factory=dict)
    """row -> fault. The match of that row is lost."""
    cpu_seconds: NDArray[np.float64] | None = None
    """float64 [B]: the player's own processor time on each row, if it knows. Not a number: nobody can know."""


class Player(Protocol):
    """Someone who plays a game. Who calls it promises: ``begin`` once a match, ``act`` in between, ``end`` once.

    ``end`` is also called for matches that a fault has ended, except those that failed to ``begin``.

    A player may have three more attributes: ``identity``, a text that says which code or model it is; ``terms``, the
    limits of its clock as ``Limits.terms`` writes them, empty for nobody who is timed; and ``waited_seconds``, how long
    its processes could have run, up to now, but did not. It may be ``Forgiving``, too.
    """

    @property
    def lanes(self) -> int | None:
        """How many matches it can bear at once; None: any number. A plain attribute will do."""
        ...

    @property
    def needs_states(self) -> bool:
        """True for players that read ``Turn.states`` (own agents only). A plain attribute will do."""
        ...

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:
        """Start matches. ``lanes: int64 [B]``, ``seats: int8 [B]``, ``seeds: uint64 [B]``; returns row -> fault."""
        ...

    def act(self, turn: Turn) -> Reply:
        """Choose an action in every row of ``turn``."""
        ...

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], states: np.recarray[Any, Any]) -> None:
        """These matches are over, with ``states: recarray [B]`` as their last positions.

        ``scores: float32 [B]``: own score over the whole match.
        """
        ...

    def close(self) -> None:
        """Give back processes, files and connections. May be called twice."""
        ...


@runtime_checkable
class Forgiving(Protocol):
    """A player, or a program, that gives up where it fails again and again, unless that was the host's fault."""

    def forgive(self) -> None:
        """Called before matches that the host has spoiled are played again: what went wrong in them doesn't count."""
        ...
