"""Experience for a learner: matches of self-play and against opponents, stepped side by side.

A *row* is one decision a step: a match of a sequential game has one row (whoever is to move), a match of a simultaneous
game has one row for each seat. ``M`` is the number of matches, ``R`` of rows, ``T`` of steps in a rollout.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sparring.engine import Batch, Game
from sparring.engine.batch import with_rows
from sparring.engine.seeds import random_words, spread
from sparring.learning.configuration import Moment, TrainConfig
from sparring.learning.networks.chain_network import NetworkForm
from sparring.learning.opponents import Opponents
from sparring.learning.rollouts.choosing import Seen, as_played, choose
from sparring.learning.rollouts.nursery import Nursery
from sparring.learning.rollouts.rollout import Rollout, Turns
from sparring.learning.rollouts.terms import Terms
from sparring.learning.rollouts.views import FrameStacks, ObservationNoise, views_of_others


class SelfPlay:
    """The matches that a learner plays, and the chance that goes into them.

    The network plays all seats, except those that ``opponents`` has. A finished match starts anew; in a share of cases
    not from the first position but from one that random play has led to.
    """

    def __init__(self, game: Game, config: TrainConfig, opponents: Opponents) -> None:
        self.game, self.config, self.opponents = game, config, opponents
        at_first, past = Moment(seed=config.seed), config.play.past
        matches, seeds = config.play.matches(at_first), spread(config.seed, 3)
        self.batch = Batch(game, matches, seed=int(seeds[0]))
        self.nursery = Nursery(game, matches, int(seeds[1]), config.play.opening_plies)
        self.chance = np.random.default_rng([config.seed, 1])
        self.words = random_words(spread(int(seeds[2]), self.rows))
        self.stacks = FrameStacks(past, game, matches) if len(past) > 1 else None
        self.memories = np.zeros((matches, game.seats, 2 * config.network.memory), np.float32)
        self.terms = Terms(game, config.rewards) if config.rewards.changed else None
        self.noise = ObservationNoise(game, config.play.noise) if config.play.noise else None
        self.privileged = config.network.privileged and game.seats > 1
        self.margins = game.seats == 2 and config.rewards.margin
        self.in_turns = game.seats > 1 and not self.margins and not game.simultaneous
        self.returns, self.lengths = np.zeros((matches, game.seats), np.float64), np.zeros(matches, np.int64)
        self.finished: list[tuple[float, int]] = []
        """Return of the first seat, and length, of the matches that ended in the last rollout."""
        self.openings = config.play.random_openings.at(at_first)
        if config.play.random_openings.constant != 0:
            self.nursery.warm_up()
        self.nursery.open(self.batch, np.ones(matches, np.bool_), self.openings, self.chance)

    @property
    def rows(self) -> int:
        """Decisions of a step."""
        return self.batch.size * (self.game.seats if self.game.simultaneous else 1)

    def resize(self, matches: int, seeds: NDArray[np.uint64]) -> None:
        """Go on with so many matches: the first ones as they are, new ones from ``seeds: uint64 [3]``."""
        before = self.batch.size
        if matches == before:
            return
        self.batch.resize(matches, int(seeds[0]))
        self.nursery.batch.resize(matches, int(seeds[1]))
        words = random_words(spread(int(seeds[2]), self.rows))
        kept = self.words[: self.rows]
        words[: len(kept)] = kept
        self.words = words
        self.memories, self.returns = with_rows(self.memories, matches), with_rows(self.returns, matches)
        self.lengths = with_rows(self.lengths, matches)
        if self.stacks is not None:
            self.stacks.kept = with_rows(self.stacks.kept, matches)
        if matches > before:
            if self.config.play.random_openings.constant != 0:
                self.nursery.warm_up()
            self.nursery.open(self.batch, np.arange(matches) >= before, self.openings, self.chance)

    def collect(self, network: NetworkForm, moment: Moment) -> Rollout:
        """Play the steps of one rollout."""
        steps = round(self.config.play.rollout.at(moment))
        self.openings = self.config.play.random_openings.at(moment)
        self.resize(self.config.play.matches(moment), spread([self.config.seed, 1 + moment.update], 3))
        self.opponents.begin(moment)
        self._start_elsewhere()
        self.finished = []
        others = self.game.seats - 1 if self.privileged else 0
        rollout = Rollout.empty(
            self.game, steps, self.rows, len(self.config.play.past), others, self.config.network.memory
        )
        rollout.matches = self._matches()
        if self.in_turns:
            shape = (steps, self.batch.size, self.game.seats)
            last = np.zeros(shape[1:], np.float32)
            rollout.turns = Turns(np.zeros(shape, np.float32), last, np.zeros(shape, np.float32))
        greedy_share = self.config.play.deterministic.at(moment)
        for step in range(steps):
            greedy = self.chance.random(self.rows) < greedy_share if greedy_share else np.zeros(self.rows, np.bool_)
            self._decide(rollout, step, network, greedy, moment)
            movers = self._seats()
            before = self.batch.states.copy() if self.terms is not None else self.batch.states
            self.batch.step(self._played)
            self._record(rollout, step, movers, self._rewards(before, moment))
            self._foresee_cut(rollout, step, network, movers)
            self.opponents.stepped(self.batch.rewards, self.batch.over)
            self.nursery.open(self.batch, self.batch.over, self.openings, self.chance)
            self._start_elsewhere()
            self._forget(self.batch.over)
        self._foresee(rollout, network)
        return rollout

    def _decide(
        self,
        rollout: Rollout,
        step: int,
        network: NetworkForm,
        greedy: NDArray[np.bool_],
        moment: Moment,
    ) -> None:
        seats, present, matches = self._seats(), self._observations(), self._matches()
        shown = present if self.noise is None else self.noise.on(present, moment, self.chance)
        rollout.observations[step], rollout.others[step] = self._views(seats, shown)
        rollout.masks[step] = masks = self.batch.masks.reshape(self.rows, -1)
        rollout.memories[step], rollout.seats[step] = self.memories[matches, seats], seats
        seen = self._seen(rollout.observations[step], rollout.others[step], rollout.memories[step])
        chosen = choose(network, self.game, seen, masks, self.words, greedy)
        if chosen.memory is not None:
            self.memories[matches, seats] = chosen.memory
        rollout.actions[step] = chosen.actions.reshape(rollout.actions.shape[1:])
        rollout.log_probabilities[step], rollout.values[step] = chosen.log_probabilities, chosen.values
        played = as_played(rollout.actions[step], self.game)
        views = present if self.stacks is None else rollout.observations[step]
        rows, theirs = self.opponents.decide(seats, views, masks, self.batch.states)
        played[rows], rollout.learned[step, rows] = theirs, False
        if greedy.any():
            rollout.learned[step, greedy] = False
        self._played = played.reshape(*self.batch.masks.shape[:-1], *self.game.action_shape)

    def _views(
        self, seats: NDArray[np.int8], present: NDArray[Any], keep: bool = True
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """What the network is shown in each row, and what a privileged critic sees beside it."""
        if self.privileged:
            others = views_of_others(self.batch, seats)
        else:
            others = np.zeros((self.rows, 0, *self.game.observation_shape), self.game.observation_dtype)
        if self.stacks is None:
            return present, others
        return self.stacks.look(self._matches(), seats, present, keep), others

    def _seen(self, observations: NDArray[Any], others: NDArray[Any], memory: NDArray[np.float32]) -> Seen:
        return Seen(
            torch.from_numpy(observations),
            torch.from_numpy(np.ascontiguousarray(others)) if self.privileged else None,
            torch.from_numpy(memory) if memory.shape[1] else None,
        )

    def _forget(self, over: NDArray[np.bool_]) -> None:
        """Matches that have just started anew: nobody remembers anything there."""
        self.memories[over] = 0.0
        if self.stacks is not None:
            self.stacks.forget(over)

    def _record(
        self,
        rollout: Rollout,
        step: int,
        movers: NDArray[np.int8],
        rewards: NDArray[np.float32],
    ) -> None:
        """What the step just made brought to the seats that moved."""
        over = self.batch.over
        self._count(over)
        if self.game.simultaneous:
            rollout.rewards[step], rollout.over[step] = rewards.ravel(), np.repeat(over, self.game.seats)
            return
        rollout.rewards[step] = rewards[np.arange(self.rows), movers]
        rollout.over[step] = over
        rollout.signs[step] = np.where(self.batch.seats == movers, 1.0, -1.0)
        if rollout.turns is not None:
            rollout.turns.rewards[step] = rewards

    def _rewards(self, before: NDArray[Any], moment: Moment) -> NDArray[np.float32]:
        """float32 [M, S]: alone as the game says; else in units of a lost match, and as a margin if so told."""
        batch, rewards = self.batch, self.batch.rewards
        if self.terms is not None:
            after, ended = batch.states.copy(), np.flatnonzero(batch.over)
            after[ended] = self._played_on(before[ended], ended)
            rewards = self.terms.rewards(rewards, before, after, batch.over, moment)
        if self.game.seats == 1:
            return rewards
        rewards = rewards / np.float32(2 * self.game.forfeit)
        counted: NDArray[np.float32] = rewards - rewards[:, ::-1] if self.margins else 2 * rewards
        return counted

    def _played_on(self, records: NDArray[Any], matches: NDArray[np.int64]) -> NDArray[Any]:
        """Copies of records of these matches after the last actions; the matches themselves may have begun anew."""
        records = records.copy()
        self.game.play_unchecked(records, self._played[matches])
        return records

    def _foresee_cut(self, rollout: Rollout, step: int, network: NetworkForm, movers: NDArray[np.int8]) -> None:
        """Of matches whose time was up: what they would have been worth, had they gone on, to who moved last."""
        matches, records = self.batch.cut()
        if not len(matches):
            return
        if self.game.simultaneous or rollout.turns is not None:
            worth = np.stack([self._worth(network, matches, records, seat) for seat in range(self.game.seats)], axis=1)
            if rollout.turns is not None:
                rollout.turns.cut_values[step, matches] = worth
                return
            rollout.cut.reshape(len(rollout.cut), -1, self.game.seats)[step, matches] = True
            rollout.cut_values.reshape(len(rollout.cut), -1, self.game.seats)[step, matches] = worth
            return
        worth = self._worth(network, matches, records, records["seat"])
        rollout.cut[step, matches] = True
        rollout.cut_values[step, matches] = np.where(records["seat"] == movers[matches], worth, -worth)

    def _worth(
        self, network: NetworkForm, matches: NDArray[np.int64], records: NDArray[Any], seats: Any
    ) -> NDArray[np.float32]:
        """What the network thinks of records of these matches for ``seats``: float32 [K]."""
        seats, game = np.broadcast_to(np.asarray(seats, np.int8), len(matches)).copy(), self.game
        present = game.observe(records, seats)
        seen = present if self.stacks is None else self.stacks.look(matches, seats, present, keep=False)
        steps = range(1, game.seats if self.privileged else 1)
        others = [game.observe(records, (seats + step) % game.seats) for step in steps]
        shape = (len(matches), 0, *game.observation_shape)
        beside = np.stack(others, axis=1) if others else np.zeros(shape, game.observation_dtype)
        with torch.inference_mode():
            look = network.look(*self._seen(seen, beside, self.memories[matches, seats]))
        values: NDArray[np.float32] = look.values.numpy()
        return values

    def _count(self, over: NDArray[np.bool_]) -> None:
        self.returns += self.batch.rewards
        self.lengths += 1
        ended = np.flatnonzero(over)
        if len(ended):
            self.finished += zip(self.returns[ended, 0].tolist(), self.lengths[ended].tolist(), strict=True)
            self.returns[ended], self.lengths[ended] = 0, 0

    def metrics(self) -> dict[str, float]:
        """How the matches went that ended in the last rollout."""
        terms = {} if self.terms is None else self.terms.metrics()
        if not self.finished:
            return terms
        returns, lengths = (float(np.mean(numbers)) for numbers in zip(*self.finished, strict=True))
        return {**terms, "play/length": lengths, **({"play/return": returns} if self.game.seats == 1 else {})}

    def _foresee(self, rollout: Rollout, network: NetworkForm) -> None:
        """What the network expects after the last step."""

        def expected(seats: NDArray[np.int8], present: NDArray[Any]) -> NDArray[np.float32]:
            views = self._views(seats, present, keep=False)
            with torch.inference_mode():
                look = network.look(*self._seen(*views, self.memories[rollout.matches, seats]))
            values: NDArray[np.float32] = look.values.numpy()
            return values

        rollout.values[-1] = expected(self._seats(), self._observations())
        if rollout.turns is not None:
            for seat in range(self.game.seats):
                own = np.full(self.rows, seat, np.int8)
                rollout.turns.last_values[:, seat] = expected(own, self.game.observe(self.batch.states, own))

    def _observations(self) -> NDArray[Any]:
        return self.batch.observations.reshape(self.rows, *self.game.observation_shape)

    def _matches(self) -> NDArray[np.int64]:
        """Of each row: int64 [R]."""
        return np.arange(self.rows) // (self.rows // self.batch.size)

    def _seats(self) -> NDArray[np.int8]:
        """Who decides in each row: int8 [R]."""
        if self.game.simultaneous:
            return np.tile(np.arange(self.game.seats, dtype=np.int8), self.batch.size)
        return self.batch.seats.copy()

    def _start_elsewhere(self) -> None:
        """Start the matches against opponents with options of their own."""
        if self.opponents.place(self.batch.states):
            self.batch.look()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything that decides how play goes on, as arrays for a checkpoint."""
        kept: dict[str, NDArray[Any]] = {
            "matches": _as_bytes(self.batch.states),
            "nursery": _as_bytes(self.nursery.batch.states),
            "nursery_words": self.nursery.batch.random,
            "words": self.words,
            "memories": self.memories,
            "returns": self.returns,
            "lengths": self.lengths,
        }
        return kept if self.stacks is None else {**kept, "frames": self.stacks.kept}

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from ``arrays`` made by a learner with the same configuration."""
        self.resize(len(arrays["matches"]), spread(self.config.seed, 3))
        self.batch.states[:] = _from_bytes(arrays["matches"], self.batch.states)
        self.nursery.batch.states[:] = _from_bytes(arrays["nursery"], self.nursery.batch.states)
        self.nursery.batch.random[:], self.words[:] = arrays["nursery_words"], arrays["words"]
        self.memories[:] = arrays["memories"]
        self.returns[:], self.lengths[:] = arrays["returns"], arrays["lengths"]
        if self.stacks is not None:
            self.stacks.kept[:] = arrays["frames"]
        for batch in (self.batch, self.nursery.batch):
            batch.look()


def _as_bytes(states: NDArray[Any]) -> NDArray[np.uint8]:
    return np.frombuffer(states.tobytes(), np.uint8).reshape(len(states), -1)


def _from_bytes(data: NDArray[np.uint8], like: NDArray[Any]) -> NDArray[Any]:
    return np.frombuffer(data.tobytes(), like.dtype)
