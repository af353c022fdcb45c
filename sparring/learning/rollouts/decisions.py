"""Matches played side by side, seen as rows of decisions: what learners that need nothing more step through.

The learner plays all seats, but for those that ``opponents`` has.

A *row* is one decision a step: a match in which seats take turns has one row (whoever is to move), a match in which
they act at once has one row for each seat. ``M`` is the number of matches, ``R`` of rows.

A *line* is what somebody remembers as one decision after another. Where nothing is hidden a row is a line: what follows
is the opponent's position, and what that is worth counts with the other sign. Where cards are hidden the opponent's
view says too little about one's own: there each seat of each match may have a line (``by_seats``), and what follows is
the seat's own next decision. ``L`` is the number of lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.engine import Batch, Game
from sparring.engine.batch import with_rows
from sparring.learning.configuration import Moment
from sparring.learning.opponents import Opponents


@dataclass(frozen=True)
class Cut:
    """Where matches that had to end because their time was up would have gone on. Every field has length K."""

    rows: NDArray[np.int64]
    """int64 [K]: their lines."""
    seats: NDArray[np.int8]
    """int8 [K]: who would have decided next."""
    observations: NDArray[Any]
    """dtype [K, *shape]: what that seat saw."""
    masks: NDArray[np.bool_]
    """bool [K, A]: and might have done."""


@dataclass(frozen=True)
class Outcome:
    """What the actions of one step brought to each line."""

    rewards: NDArray[np.float32]
    """float32 [L]: in a game for two half of own minus opponent's, where a lost match is -1; else as the game says."""
    over: NDArray[np.bool_]
    """bool [L]: the match ended with this step."""
    signs: NDArray[np.float32]
    """float32 [L]: 1 when the same seat decides next in this line, -1 when it is the opponent."""
    own: NDArray[np.bool_]
    """bool [L]: the learner chose; elsewhere somebody else did, and what the learner would have done counts nothing."""
    cut: Cut | None = None
    """Of the matches that ended, those whose time was up: there ``signs`` say whose the next decision would be."""


class Decisions:
    """Endless matches: ``observations`` and ``masks`` say what is to be decided, ``play`` goes on from there."""

    def __init__(
        self, game: Game, matches: int, seed: int, opponents: Opponents | None = None, by_seats: bool = False
    ) -> None:
        """``by_seats``: each seat has a line of its own where two take turns; where all act at once it has anyway."""
        self.game, self.opponents = game, opponents
        self.by_seats = by_seats and game.seats == 2 and not game.simultaneous
        self.batch = Batch(game, matches, seed)
        self.finished: list[float] = []
        """Of the matches that ended since ``take_returns``: what the first seat got in them."""
        self._returns = np.zeros(matches, np.float32)

    @property
    def rows(self) -> int:
        """R."""
        return self.batch.size * (self.game.seats if self.game.simultaneous else 1)

    @property
    def lines(self) -> int:
        """L."""
        return self.rows * (self.game.seats if self.by_seats else 1)

    def by_lines(
        self, observations: NDArray[Any], masks: NDArray[np.bool_], actions: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[np.bool_], NDArray[Any]]:
        """What is known of R rows, of each of their lines: arrays of L."""
        if not self.by_seats:
            return observations, masks, actions
        seen, legal, done = (np.repeat(array, self.game.seats, axis=0) for array in (observations, masks, actions))
        return seen, legal, done

    def resize(self, matches: int, seed: int) -> None:
        """Go on with so many matches: the first ones as they are, new ones from ``seed``."""
        self.batch.resize(matches, seed)
        self._returns = with_rows(self._returns, matches)

    def begin(self, moment: Moment) -> None:
        """An update begins: the opponents of this moment take their seats. Raises BadOption for shares above 1."""
        if self.opponents is not None:
            self.opponents.begin(moment)
            self._place(self.opponents)

    @property
    def observations(self) -> NDArray[Any]:
        """dtype [R, *shape]: what those who decide see. Copied."""
        return self.batch.observations.reshape(self.rows, *self.game.observation_shape).copy()

    @property
    def masks(self) -> NDArray[np.bool_]:
        """bool [R, A]: what they may do. Copied."""
        return self.batch.masks.reshape(self.rows, self.game.num_actions).copy()

    def play(self, actions: NDArray[Any]) -> Outcome:
        """Play ``actions: [R, *action_shape]`` and what opponents do; matches that end start anew.

        The actions of rows in which an opponent decides are replaced. Raises IllegalAction.
        """
        movers = self.seats
        actions, own = self._with_opponents(actions, movers)
        self.batch.step(actions.reshape(*self.batch.masks.shape[:-1], *self.game.action_shape))
        rewards, over, cut = self._rewards(movers), self.batch.over.copy(), self._cut()
        self._count_returns()
        if self.opponents is not None:
            self.opponents.stepped(self.batch.rewards, over)
            self._place(self.opponents)
        if self.game.simultaneous:
            return Outcome(rewards, np.repeat(over, self.game.seats), np.ones(self.rows, np.float32), own, cut)
        if self.by_seats:
            return self._of_each_seat(over, own, movers, cut)
        following = self.batch.seats.copy()
        if cut is not None:
            following[cut.rows] = cut.seats
        return Outcome(rewards, over, np.where(following == movers, 1, -1).astype(np.float32), own, cut)

    def _of_each_seat(
        self, over: NDArray[np.bool_], own: NDArray[np.bool_], movers: NDArray[np.int8], cut: Cut | None
    ) -> Outcome:
        """What came of a step for both seats, who wait for their own next decisions.

        Where a match was cut, what follows is what the seat that was next saw, for the other with the other sign.
        """
        seats = np.arange(2, dtype=np.int8)
        chose = (own[:, None] & (movers[:, None] == seats)).ravel()
        signs = np.ones(self.lines, np.float32)
        if cut is not None:
            lines = (cut.rows[:, None] * 2 + seats).ravel()
            others = np.repeat(cut.seats, 2) != np.tile(seats, len(cut.rows))
            signs[lines[others]] = -1.0
            cut = Cut(lines, *(np.repeat(part, 2, axis=0) for part in (cut.seats, cut.observations, cut.masks)))
        return Outcome(self._margins().ravel(), np.repeat(over, 2), signs, chose, cut)

    @property
    def seats(self) -> NDArray[np.int8]:
        """int8 [R]: who decides in each row. Copied."""
        if self.game.simultaneous:
            return np.tile(np.arange(self.game.seats, dtype=np.int8), self.batch.size)
        return self.batch.seats.copy()

    def _with_opponents(
        self, actions: NDArray[Any], movers: NDArray[np.int8]
    ) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """The actions of all rows, those of opponents among them; and which rows are the learner's own, bool [R]."""
        own = np.ones(self.rows, np.bool_)
        if self.opponents is None:
            return actions, own
        masks = self.batch.masks.reshape(self.rows, self.game.num_actions)
        seen = self.batch.observations.reshape(self.rows, *self.game.observation_shape)
        rows, theirs = self.opponents.decide(movers, seen, masks, self.batch.states)
        if len(rows):
            actions = actions.copy()
            actions[rows], own[rows] = theirs, False
        return actions, own

    def _place(self, opponents: Opponents) -> None:
        """Start the matches against opponents with options of their own."""
        if opponents.place(self.batch.states):
            self.batch.look()

    def _cut(self) -> Cut | None:
        matches, records = self.batch.cut()
        if not len(matches):
            return None
        rows, seats = matches, records["seat"].astype(np.int8)
        if self.game.simultaneous:
            each = np.arange(self.game.seats, dtype=np.int8)
            rows, seats = (matches[:, None] * self.game.seats + each).ravel(), np.tile(each, len(matches))
            records = np.repeat(records, self.game.seats)
        return Cut(rows, seats, self.game.observe(records, seats), self.game.legal(records, seats))

    def take_returns(self) -> list[float]:
        """What the first seat got in each match that ended since this was last asked."""
        taken, self.finished = self.finished, []
        return taken

    def _rewards(self, movers: NDArray[np.int8]) -> NDArray[np.float32]:
        rewards = self._margins()
        return rewards.ravel() if self.game.simultaneous else rewards[np.arange(self.rows), movers]

    def _margins(self) -> NDArray[np.float32]:
        """float32 [M, S]: between two half of own minus opponent's, in units of a lost match."""
        rewards = self.batch.rewards.copy()
        if self.game.seats == 2:
            rewards = (rewards - rewards[:, ::-1]) / np.float32(2 * self.game.forfeit)
        return rewards

    def _count_returns(self) -> None:
        self._returns += self.batch.rewards[:, 0]
        over = self.batch.over
        self.finished += self._returns[over].tolist()
        self._returns[over] = 0

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything that decides how the matches go on, for a checkpoint."""
        states = np.frombuffer(self.batch.states.tobytes(), np.uint8).reshape(self.batch.size, -1)
        return {"states": states, "returns": self._returns.copy()}

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from what ``arrays`` returned for the same game."""
        self.resize(len(arrays["returns"]), seed=0)
        batch = self.batch
        batch.states[:] = np.frombuffer(arrays["states"].tobytes(), batch.states.dtype)
        self._returns[:] = arrays["returns"]
        batch.look()
