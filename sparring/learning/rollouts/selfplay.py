"""Experience for a learner: matches of self-play and against opponents, stepped side by side.

A *row* is one decision a step: a match of a sequential game has one row (whoever is to move), a match of a simultaneous
game has one row for each seat. ``M`` is the number of matches, ``R`` of rows, ``T`` of steps in a rollout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from sparring.engine import Batch, Game
from sparring.engine.seeds import spread
from sparring.learning.configuration import Moment, TrainConfig
from sparring.learning.networks import masked_log_softmax
from sparring.learning.opponents import Opponents

Network = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
"""Observations in, (logits [B, A], values [B]) out."""

WARM_UP = 64


@dataclass
class Rollout:
    """``T`` steps of ``R`` rows. The last entries of ``values`` are of the decisions after the last step."""

    observations: NDArray[Any]
    """dtype [T, R, *shape]."""
    masks: NDArray[np.bool_]
    """bool [T, R, A]."""
    actions: NDArray[np.int64]
    """int64 [T, R]."""
    log_probabilities: NDArray[np.float32]
    """float32 [T, R]: of the actions, under the policy that chose them."""
    values: NDArray[np.float32]
    """float32 [T + 1, R]: the network's estimate for whoever is to move."""
    rewards: NDArray[np.float32]
    """float32 [T, R]: half of own minus opponent's reward, for whoever moved; a lost match is -1."""
    over: NDArray[np.bool_]
    """bool [T, R]: the match ended with this step."""
    signs: NDArray[np.float32]
    """float32 [T, R]: 1 when the same seat decides next in this row, -1 when it is the opponent."""
    learned: NDArray[np.bool_]
    """bool [T, R]: False where an opponent chose."""

    @classmethod
    def empty(cls, game: Game, steps: int, rows: int) -> Rollout:
        """Arrays of the right shapes, to be filled."""
        shape = (steps, rows)
        return cls(
            observations=np.zeros((*shape, *game.observation_shape), game.observation_dtype),
            masks=np.zeros((*shape, game.num_actions), np.bool_),
            actions=np.zeros(shape, np.int64),
            log_probabilities=np.zeros(shape, np.float32),
            values=np.zeros((steps + 1, rows), np.float32),
            rewards=np.zeros(shape, np.float32),
            over=np.zeros(shape, np.bool_),
            signs=np.ones(shape, np.float32),
            learned=np.ones(shape, np.bool_),
        )


class SelfPlay:
    """The matches that a learner plays, and the chance that goes into them.

    The network plays all seats, except those that ``opponents`` has. A finished match starts anew; in a share of cases
    not from the first position but from one that random play has led to, taken from a *nursery* of matches in which
    random play goes on all the time.
    """

    def __init__(self, game: Game, config: TrainConfig, opponents: Opponents) -> None:
        self.game, self.config, self.opponents = game, config, opponents
        matches = config.play.environments
        seeds = spread(config.seed, 2)
        self.batch = Batch(game, matches, seed=int(seeds[0]))
        self.nursery = Batch(game, matches, seed=int(seeds[1]))
        self.chance = np.random.default_rng([config.seed, 1])
        self.noise = torch.Generator().manual_seed(config.seed)
        self.rows = matches * (2 if game.simultaneous else 1)
        self.openings = config.play.random_openings.at(Moment(seed=config.seed))
        self.nursery.random_play(WARM_UP)
        self._start_from_nursery(np.ones(matches, np.bool_))

    def collect(self, network: Network, moment: Moment) -> Rollout:
        """Play the steps of one rollout."""
        steps = round(self.config.play.rollout.at(moment))
        self.opponents.begin(moment)
        self._start_elsewhere()
        self.openings = self.config.play.random_openings.at(moment)
        rollout = Rollout.empty(self.game, steps, self.rows)
        with torch.inference_mode():
            for step in range(steps):
                self._decide(rollout, step, network)
                seats = self._seats()
                self.batch.step(rollout.actions[step].reshape(self.batch.masks.shape[:-1]))
                self._record(rollout, step, seats)
                self.opponents.stepped(self.batch.rewards, self.batch.over)
                self._start_from_nursery(self.batch.over)
                self._start_elsewhere()
            rollout.values[-1] = network(torch.from_numpy(self._observations()))[1].numpy()
        return rollout

    def _decide(self, rollout: Rollout, step: int, network: Network) -> None:
        rollout.observations[step] = self._observations()
        rollout.masks[step] = self.batch.masks.reshape(self.rows, -1)
        logits, values = network(torch.from_numpy(rollout.observations[step]))
        log_probabilities = masked_log_softmax(logits, torch.from_numpy(rollout.masks[step]))
        gumbel = -torch.empty_like(log_probabilities).exponential_(generator=self.noise).log()
        actions = (log_probabilities + gumbel).argmax(dim=1)
        rollout.actions[step] = actions.numpy()
        rollout.log_probabilities[step] = log_probabilities.gather(1, actions[:, None])[:, 0].numpy()
        rollout.values[step] = values.numpy()
        rows, theirs = self.opponents.decide(
            self._seats(), rollout.observations[step], rollout.masks[step], self.batch.states
        )
        rollout.actions[step, rows], rollout.learned[step, rows] = theirs, False

    def _record(self, rollout: Rollout, step: int, movers: NDArray[np.int8]) -> None:
        """What the step just made brought to the seats that moved."""
        rewards = self.batch.rewards / np.float32(2 * self.game.forfeit)
        margins = rewards - rewards[:, ::-1]
        if self.game.simultaneous:
            rollout.rewards[step] = margins.ravel()
            rollout.over[step] = np.repeat(self.batch.over, 2)
        else:
            rollout.rewards[step] = margins[np.arange(self.rows), movers]
            rollout.over[step] = self.batch.over
            rollout.signs[step] = np.where(self.batch.seats == movers, 1.0, -1.0)

    def _observations(self) -> NDArray[Any]:
        return self.batch.observations.reshape(self.rows, *self.game.observation_shape)

    def _seats(self) -> NDArray[np.int8]:
        """Who decides in each row: int8 [R]."""
        if self.game.simultaneous:
            return np.tile(np.arange(2, dtype=np.int8), self.batch.size)
        return self.batch.seats.copy()

    def _start_from_nursery(self, started: NDArray[np.bool_]) -> None:
        """Put a share of the matches that have just started into positions of the nursery."""
        if self.openings == 0:
            return
        rows = np.flatnonzero(started & (self.chance.random(len(started)) < self.openings))
        self.nursery.random_play(1)
        if len(rows):
            self.batch.states[rows] = self.nursery.states[rows]
            self._look(self.batch)

    def _start_elsewhere(self) -> None:
        """Start the matches against opponents with options of their own."""
        if self.opponents.place(self.batch.states):
            self._look(self.batch)

    def _look(self, batch: Batch) -> None:
        self.game.kernels.look(batch.states, 0, batch.size, batch.observations, batch.masks, batch.seats)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything that decides how play goes on, as arrays for a checkpoint."""
        return {
            "matches": _as_bytes(self.batch.states),
            "nursery": _as_bytes(self.nursery.states),
            "nursery_words": self.nursery.random,
            "noise": self.noise.get_state().numpy(),
        }

    def restore(self, arrays: dict[str, NDArray[Any]]) -> None:
        """Go on from ``arrays`` made by a learner with the same configuration."""
        self.batch.states[:] = _from_bytes(arrays["matches"], self.batch.states)
        self.nursery.states[:] = _from_bytes(arrays["nursery"], self.nursery.states)
        self.nursery.random[:] = arrays["nursery_words"]
        self.noise.set_state(torch.from_numpy(arrays["noise"].copy()))
        for batch in (self.batch, self.nursery):
            self._look(batch)


def _as_bytes(states: NDArray[Any]) -> NDArray[np.uint8]:
    return np.frombuffer(states.tobytes(), np.uint8).reshape(len(states), -1)


def _from_bytes(data: NDArray[np.uint8], like: NDArray[Any]) -> NDArray[Any]:
    return np.frombuffer(data.tobytes(), like.dtype)
