"""Programs: players whose code is not ours, seen as functions of plain arrays.

The same program runs in this process, behind the pipe of a sandbox, or on a server of its author. ``ProgramPlayer``
makes a ``Player`` of any of them. The runner inside the sandbox reads this module: only light imports here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sparring.agents.player import Faults, Forgiving, Reply, Turn
from sparring.errors import AgentFault

if TYPE_CHECKING:
    from sparring.engine import Game


@dataclass(frozen=True)
class GameInfo:
    """What an author's code is told about the game."""

    name: str
    options: dict[str, Any]
    seats: int
    actions: Any
    """How many actions there are; or the choices of each head, a list; or ``{"low": [...], "high": [...]}``."""
    dependencies: list[list[Any]] = field(default_factory=list)
    """``[head, choice, earlier_head, choices]``: allowed only with one of these choices of the earlier head."""
    observation: dict[str, Any] = field(default_factory=dict)
    """``{"shape": [2, 6, 7], "dtype": "int8"}``."""

    @classmethod
    def of(cls, game: Game) -> GameInfo:
        actions: Any = game.heads[0] if game.action_kind == "discrete" else list(game.heads)
        if game.low is not None and game.high is not None:
            actions = {"low": game.low.tolist(), "high": game.high.tolist()}
        observation = {"shape": list(game.observation_shape), "dtype": game.observation_dtype.name}
        return cls(game.name, dict(game.options), game.seats, actions, _dependencies(game), observation)

    @property
    def width(self) -> int | None:
        """How many numbers an action is a list of; None where it is one integer."""
        if isinstance(self.actions, dict):
            return len(self.actions["low"])
        return len(self.actions) if isinstance(self.actions, list) else None

    def document(self) -> dict[str, Any]:
        """The dict that ``Agent.reset`` gets: the fields of this class."""
        return asdict(self)


def _dependencies(game: Game) -> list[list[Any]]:
    """What ``game.allows`` says, as a list that an author can read."""
    if game.allows is None:
        return []
    starts = np.cumsum([0, *game.heads]).tolist()
    found: list[list[Any]] = []
    for head, size in enumerate(game.heads):
        for choice in range(size):
            for earlier in range(head):
                together = game.allows[starts[head] + choice, starts[earlier] : starts[earlier + 1]]
                if not together.all():
                    found.append([head, choice, earlier, np.flatnonzero(together).tolist()])
    return found


class Program(Protocol):
    """Code that plays. Row ``i`` of every argument of a call belongs to the match ``lanes[i]``."""

    @property
    def lanes(self) -> int | None:
        """How many matches it can bear at once; None: any number."""
        ...

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:
        """Start matches; row -> fault for those that it can't start."""
        ...

    def act(
        self,
        lanes: NDArray[np.int64],
        observations: NDArray[Any],
        masks: NDArray[np.bool_],
        rewards: NDArray[np.float32],
    ) -> Reply:
        """Choose an action in each row. ``observations: dtype [B, *shape]``, ``masks: bool [B, A]`` (a box: [B, 0])."""
        ...

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], finals: NDArray[Any]) -> None:
        """Matches are over. ``finals: dtype [B, *shape]``: the last position, only for programs behind a view."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...

    @property
    def log(self) -> str:
        """What it has printed, cut to a sensible length."""
        ...


class View(Protocol):
    """Shows a program positions in another way than as the game's observation."""

    def show(self, states: np.recarray[Any, Any], seats: NDArray[np.int8]) -> NDArray[Any]:
        """What the program gets in place of the observation: dtype [B, n]."""
        ...


class ProgramPlayer:
    """A program as a player. With a ``view`` it needs the records of the game and shows those instead."""

    def __init__(self, program: Program, view: View | None = None) -> None:
        self.program, self.view = program, view
        self.needs_states = view is not None
        self._seats: dict[int, int] = {}

    @property
    def lanes(self) -> int | None:
        return self.program.lanes

    @property
    def log(self) -> str:
        """What the program has printed."""
        return self.program.log

    @property
    def terms(self) -> dict[str, Any]:
        """The limits of its clock; empty where there is none."""
        found: dict[str, Any] = getattr(self.program, "terms", {})
        return found

    @property
    def waited_seconds(self) -> float:
        """How long its processes could have run, but did not."""
        return float(getattr(self.program, "waited_seconds", 0.0))

    def forgive(self) -> None:
        """As ``Forgiving`` says, where the program is."""
        if isinstance(self.program, Forgiving):
            self.program.forgive()

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:
        faults = self.program.begin(lanes, seats, seeds)
        if self.view is not None:
            self._seats.update(zip(lanes.tolist(), seats.tolist(), strict=True))
        return faults

    def act(self, turn: Turn) -> Reply:
        shown = turn.observations if self.view is None else self.view.show(turn.states, turn.seats)
        return self.program.act(turn.lanes, shown, turn.masks, turn.rewards)

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], states: np.recarray[Any, Any]) -> None:
        if self.view is None:
            self.program.end(lanes, scores, np.zeros((len(lanes), 0)))
            return
        seats = np.array([self._seats.pop(lane, 0) for lane in lanes.tolist()], np.int8)
        self.program.end(lanes, scores, self.view.show(states, seats))

    def close(self) -> None:
        self.program.close()


class FailedProgram:
    """Stands in for a program that could not be started: it loses every match with the same fault."""

    lanes: int | None = None

    def __init__(self, fault: AgentFault) -> None:
        self.fault = fault

    def begin(self, lanes: NDArray[np.int64], seats: NDArray[np.int8], seeds: NDArray[np.uint64]) -> Faults:  # noqa: ARG002
        return dict.fromkeys(range(len(lanes)), self.fault)

    def act(
        self,
        lanes: NDArray[np.int64],
        observations: NDArray[Any],  # noqa: ARG002
        masks: NDArray[np.bool_],  # noqa: ARG002
        rewards: NDArray[np.float32],  # noqa: ARG002
    ) -> Reply:
        rows = len(lanes)
        return Reply(np.zeros(rows, np.int64), np.zeros(rows), dict.fromkeys(range(rows), self.fault))

    def end(self, lanes: NDArray[np.int64], scores: NDArray[np.float32], finals: NDArray[Any]) -> None:
        pass

    def close(self) -> None:
        pass

    @property
    def log(self) -> str:
        return self.fault.log
