"""Neural fictitious self-play (Heinrich and Silver, "Deep Reinforcement Learning from Self-Play in
Imperfect-Information Games", 2016), for games in which information is hidden or moves are made at once.

Read ``NFSP.learn`` from top to bottom. Each seat of each match plays, for the whole match, either its best response
(with probability ``anticipation``) or its average policy:

- The *best response* is a deep Q-network, learned from the latest transitions of all play, whoever played them.
- The *average policy* is a network that learns to do what the best responses did: a classifier over a fair sample of
  all decisions that were ever made by best responses.

In fictitious play best responses to the opponents' average approach an equilibrium on average, so the average policy is
what is measured and published. Illegal actions have probability zero, and no value.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from sparring.engine import Batch, Game
from sparring.engine.batch import with_rows
from sparring.engine.seeds import seed_of
from sparring.errors import BadOption
from sparring.learning.configuration import AlgorithmSettings, Moment, Schedule, Share, TrainConfig, Weight, Within
from sparring.learning.crew import Crew
from sparring.learning.learner import Diverged, Now, State
from sparring.learning.memories.reservoir import Reservoir, Ring, filled, refill
from sparring.learning.network_learner import (
    NetworkLearner,
    arrays_of,
    load_arrays,
    optimiser_arrays,
    restore_optimiser,
)
from sparring.learning.networks import build_network, masked_log_softmax


class NFSPSettings(AlgorithmSettings):
    """Neural fictitious self-play."""

    name: Literal["nfsp"] = Field(default="nfsp", description="Neural fictitious self-play.")
    anticipation: Share = Field(
        default=Schedule(0.1), description="Probability with which a seat plays its best response in a match (eta)."
    )
    exploration: Share = Field(
        default=Schedule({"linear": {"start": 0.06, "end": 0.0}}),
        description="Share of random actions among those of the best response (epsilon).",
    )
    response_rate: Weight = Field(default=Schedule(1e-3), description="Step size of Adam for the best response.")
    average_rate: Weight = Field(default=Schedule(1e-3), description="Step size of Adam for the average policy.")
    discount: float = Field(default=1.0, ge=0, le=1, description="Worth of a reward one step later (gamma).")
    batch: int = Field(default=256, ge=1, description="Samples of one gradient step.")
    samples: Annotated[Schedule, Within(0.01)] = Field(
        default=Schedule(2.0), description="Samples that each network learns from, for every decision played."
    )
    recent: int = Field(default=200_000, ge=1, description="Transitions that the best response learns from.")
    reservoir: int = Field(default=1_000_000, ge=1, description="Decisions that the average policy learns from.")
    copy_every: int = Field(
        default=300, ge=1, description="Gradient steps between two copies of the best response to its own target."
    )


class NFSP(NetworkLearner):
    """``network`` is the average policy, ``response`` the best response; ``averaged`` smoothes the former."""

    Settings: ClassVar[type[AlgorithmSettings]] = NFSPSettings
    why_alone: ClassVar[str] = "its best response and its average policy meet each other"
    settings: NFSPSettings

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        super().__init__(game, config, crew)
        assert isinstance(config.algorithm, NFSPSettings)
        self.settings = config.algorithm
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed + 1)
            self.response = build_network(config, game)
        self.target = copy.deepcopy(self.response)
        self.response_optimiser = torch.optim.Adam(self.response.parameters(), lr=1e-3, fused=True)
        self.batch = Batch(game, config.play.matches(Moment(seed=config.seed)), config.seed)
        self.chance = np.random.default_rng([config.seed, 3])
        self.recent = Ring(game, self.settings.recent)
        self.reservoir = Reservoir(game, self.settings.reservoir)
        self.gradient_steps = 0
        shape = (self.batch.size, game.seats)
        self.last: dict[str, NDArray[Any]] = {
            "observations": np.zeros((*shape, *game.observation_shape), game.observation_dtype),
            "actions": np.zeros(shape, np.int64),
            "rewards": np.zeros(shape, np.float32),
            "factors": np.ones(shape, np.float32),
            "pending": np.zeros(shape, np.bool_),
            "responds": np.zeros(shape, np.bool_),
        }
        """Of each seat of each match: its last decision, what that has brought so far, discounted, what comes next
        counts for, whether it has been made at all, and whether the seat plays its best response in this match."""
        self._deal_roles(np.ones(shape[0], np.bool_), Moment())

    @classmethod
    def check(cls, game: Game, config: TrainConfig) -> None:  # noqa: ARG003
        if game.action_kind != "discrete":
            raise BadOption(f"This algorithm learns games in which an action is one choice; {game.title} has others.")

    def learn(self, now: Now) -> dict[str, float]:
        steps = round(self.config.play.rollout.at(now.moment))
        self._resize(self.config.play.matches(now.moment), now.moment)
        with now.timing("play"):
            decisions = sum(self._play(now.moment) for _ in range(steps))
        self.steps += steps * self.batch.size
        with now.timing("learn"):
            count = max(1, round(decisions * self.settings.samples.at(now.moment) / self.settings.batch))
            losses = np.mean([self._improve(now.moment) for _ in range(count)], axis=0)
        if not np.isfinite(losses).all():
            raise Diverged(f"The loss is no number at update {self.update + 1}. Try lower rates.")
        known = {"loss/value": losses[0], "loss/policy": losses[1], "memory/reservoir": float(self.reservoir.added)}
        return known | {f"schedule/{name}": getattr(self.settings, name).at(now.moment) for name in SCHEDULED}

    def _play(self, moment: Moment) -> int:
        """One step of every match; returns how many decisions were made."""
        matches, seats = self._deciders()
        observations, masks = self._flat(self.batch.observations), self._flat(self.batch.masks)
        self._remember(matches, seats, observations, masks)
        responds = self.last["responds"][matches, seats]
        actions = np.zeros(len(observations), np.int64)
        actions[responds] = self._respond(observations[responds], masks[responds], moment)
        actions[~responds] = self._draw(observations[~responds], masks[~responds])
        last, decided = self.last, (matches, seats)
        last["observations"][decided], last["actions"][decided] = observations, actions
        last["rewards"][decided], last["factors"][decided], last["pending"][decided] = 0.0, 1.0, True
        self.reservoir.sample(
            self.chance, observations=observations[responds], masks=masks[responds], actions=actions[responds]
        )
        self.batch.step(actions.reshape(self.batch.masks.shape[:-1]))
        last["rewards"] += last["factors"] * self.batch.rewards / np.float32(self.game.forfeit)
        last["factors"] *= np.float32(self.settings.discount)
        self._end(self.batch.over, moment)
        return len(actions)

    def _resize(self, matches: int, moment: Moment) -> None:
        """Go on with so many matches: the first ones as they are."""
        before = self.batch.size
        if matches == before:
            return
        self.batch.resize(matches, seed_of(self.config.seed, 1 + self.update))
        self.last = {name: with_rows(array, matches) for name, array in self.last.items()}
        self._deal_roles(np.arange(matches) >= before, moment)

    def _deciders(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Match and seat of each decision that is to be made: int64 [R] each."""
        matches = np.arange(self.batch.size)
        if self.game.simultaneous:
            return np.repeat(matches, self.game.seats), np.tile(np.arange(self.game.seats), len(matches))
        return matches, self.batch.seats.astype(np.int64)

    def _flat(self, array: NDArray[Any]) -> NDArray[Any]:
        """A row for each decision, copied."""
        axes = 2 if self.game.simultaneous else 1
        return array.reshape(-1, *array.shape[axes:]).copy()

    def _respond(self, observations: NDArray[Any], masks: NDArray[np.bool_], moment: Moment) -> NDArray[np.int64]:
        """What the best response does: int64 [R]."""
        with torch.inference_mode():
            values = self.response(torch.from_numpy(observations))[0].numpy()
        explores = self.chance.random(len(values)) < self.settings.exploration.at(moment)
        lots = self.chance.random(values.shape)
        chosen: NDArray[np.int64] = np.where(masks, np.where(explores[:, None], lots, values), -np.inf).argmax(axis=1)
        return chosen

    def _draw(self, observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Draws from the average policy: int64 [R]."""
        with torch.inference_mode():
            logits = self.network(torch.from_numpy(observations))[0].numpy()
        gumbel = -np.log(self.chance.exponential(size=logits.shape))
        drawn: NDArray[np.int64] = np.where(masks, logits + gumbel, -np.inf).argmax(axis=1)
        return drawn

    def _remember(
        self, matches: NDArray[np.int64], seats: NDArray[np.int64], observations: NDArray[Any], masks: NDArray[np.bool_]
    ) -> None:
        """Transitions from the last decisions of these seats to those that they have to make now."""
        going_on = self.last["pending"][matches, seats]
        before = matches[going_on], seats[going_on]
        self.recent.add(
            observations=self.last["observations"][before],
            actions=self.last["actions"][before],
            rewards=self.last["rewards"][before],
            onward=self.last["factors"][before],
            following=observations[going_on],
            following_masks=masks[going_on],
        )

    def _end(self, over: NDArray[np.bool_], moment: Moment) -> None:
        """The last transitions of matches that are over, and the roles of those that begin.

        A match whose time was up might have gone on: what follows is what each seat saw then, and might have done.
        """
        before = np.nonzero(self.last["pending"] & over[:, None])
        observations = self.last["observations"][before]
        following, masks = observations.copy(), np.ones((len(observations), self.game.num_actions), np.bool_)
        onward = np.zeros(len(observations), np.float32)
        matches, records = self.batch.cut()
        cut = np.flatnonzero(np.isin(before[0], matches))
        if len(cut):
            ends, seats = records[np.searchsorted(matches, before[0][cut])], before[1][cut].astype(np.int8)
            following[cut], masks[cut] = self.game.observe(ends, seats), self.game.legal(ends, seats)
            onward[cut] = np.where(masks[cut].any(axis=1), self.last["factors"][before][cut], 0.0)
            masks[cut] |= ~masks[cut].any(axis=1, keepdims=True)
        self.recent.add(
            observations=observations,
            actions=self.last["actions"][before],
            rewards=self.last["rewards"][before],
            onward=onward,
            following=following,
            following_masks=masks,
        )
        self.last["pending"][over] = False
        self._deal_roles(over, moment)

    def _deal_roles(self, begun: NDArray[np.bool_], moment: Moment) -> None:
        lots = self.chance.random((int(begun.sum()), self.game.seats))
        self.last["responds"][begun] = lots < self.settings.anticipation.at(moment)

    def _improve(self, moment: Moment) -> tuple[float, float]:
        """One gradient step of each network; returns the losses of values and policy."""
        if not len(self.reservoir) or not len(self.recent):
            return 0.0, 0.0
        settings = self.settings
        value_loss = self._value_loss(self.recent.draw(settings.batch, self.chance))
        _descend(value_loss, self.response, self.response_optimiser, settings.response_rate.at(moment))
        policy_loss = self._policy_loss(self.reservoir.draw(settings.batch, self.chance))
        _descend(policy_loss, self.network, self.optimiser, settings.average_rate.at(moment))
        self.average(AVERAGING)
        self.gradient_steps += 1
        if self.gradient_steps % settings.copy_every == 0:
            self.target.load_state_dict(self.response.state_dict())
        return float(value_loss.detach()), float(policy_loss.detach())

    def _value_loss(self, drawn: dict[str, NDArray[Any]]) -> Tensor:
        """Squared error of the best response's values against reward + onward * max target(following)."""
        tensors = {name: torch.from_numpy(values) for name, values in drawn.items()}
        with torch.no_grad():
            worth = self.target(tensors["following"])[0].masked_fill(~tensors["following_masks"], -torch.inf)
            onward = tensors["onward"] * worth.max(dim=1).values
        values = self.response(tensors["observations"])[0].gather(1, tensors["actions"][:, None])[:, 0]
        return nn.functional.mse_loss(values, tensors["rewards"] + onward)

    def _policy_loss(self, drawn: dict[str, NDArray[Any]]) -> Tensor:
        """Minus the logarithm of how likely the average policy does what best responses did."""
        tensors = {name: torch.from_numpy(values) for name, values in drawn.items()}
        logits, _ = self.network(tensors["observations"])
        chances = masked_log_softmax(logits, tensors["masks"])
        return -chances.gather(1, tensors["actions"][:, None]).mean()

    def state(self) -> State:
        states = np.frombuffer(self.batch.states.tobytes(), np.uint8)
        return {
            **super().state(),
            "response": arrays_of(self.response),
            "target": arrays_of(self.target),
            "response_optimiser": optimiser_arrays(self.response_optimiser),
            "recent": filled(self.recent),
            "reservoir": filled(self.reservoir),
            "matches": {"states": states, **self.last},
        }

    def counters(self) -> dict[str, Any]:
        added = {"recent": self.recent.added, "reservoir": self.reservoir.added}
        chance = self.chance.bit_generator.state
        return {**super().counters(), "added": added, "gradient_steps": self.gradient_steps, "chance": chance}

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        super().restore(state, counters)
        load_arrays(self.response, state["response"])
        load_arrays(self.target, state["target"])
        restore_optimiser(self.response_optimiser, state["response_optimiser"])
        refill(self.recent, "recent", state, counters["added"]["recent"])
        refill(self.reservoir, "reservoir", state, counters["added"]["reservoir"])
        matches = {name: array.copy() for name, array in state["matches"].items()}
        batch, states = self.batch, np.frombuffer(matches.pop("states").tobytes(), self.batch.states.dtype)
        batch.resize(len(states), seed=0)
        batch.states[:] = states
        batch.look()
        self.last = matches
        self.gradient_steps = counters["gradient_steps"]
        self.chance.bit_generator.state = counters["chance"]


AVERAGING = 0.999
"""Memory of the smoothed average policy, for each gradient step."""
SCHEDULED = ("anticipation", "exploration", "response_rate", "average_rate")


def _descend(loss: Tensor, network: nn.Module, optimiser: torch.optim.Optimizer, rate: float) -> None:
    """One step down the gradient of the loss."""
    for group in optimiser.param_groups:
        group["lr"] = rate
    parameters = list(network.parameters())
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    optimiser.step()
