"""Deep Q-learning (Mnih et al., "Human-level control through deep reinforcement learning", 2015) in self-play.

A network says what each action is worth. It plays the best one, or now and then any; what was played is kept in a
memory (``replay``), and the network is pulled towards what the memory says an action was worth: what it brought at
once, and the worth of the position after it. Where seats take turns that position is the opponent's, and what it is
worth counts with the other sign.

Against opponents it learns to answer them as they are: what follows a decision is the next one of its own, and what the
opponent's move brought in between counts to it. An opponent out of its own past explores as often as it does itself.

Where an action has several heads, each head is a branch (Tavakoli et al., "Action Branching Architectures", 2018): an
option has a worth of its own, whatever the other heads choose, and what an action is worth is the mean over its heads.
That is an approximation: options that are good together only are not seen as such. Masks hold, and dependencies too:
heads choose in turn, each the best that goes with those before.

Four later ideas, each a setting that can be switched off: the next action is chosen by one network and judged by
another (``double``; van Hasselt et al., 2016); the worth of a position is learned apart from what an action adds to it
(``duelling``; Wang et al., 2016); what surprised is learned from more often (``priority``; Schaul et al., 2016);
several steps are looked ahead before the network is asked (``ahead``; Hessel et al., 2018).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from sparring.engine import Game
from sparring.engine.seeds import seed_of
from sparring.errors import BadOption
from sparring.learning.action_values import ActionValueLearner, best_choices, exploring, worth_of
from sparring.learning.configuration import AlgorithmSettings, Moment, Schedule, Share, TrainConfig, Weight
from sparring.learning.crew import Crew
from sparring.learning.learner import Now, State
from sparring.learning.memories.replay import Drawn, Replay
from sparring.learning.networks import PolicyValueNetwork
from sparring.learning.networks.normaliser import measure
from sparring.learning.opponents import LearnedNetwork, Opponents
from sparring.learning.requirements import require_one_or_two_seats, require_plain_network
from sparring.learning.rollouts.decisions import Decisions


class DQNSettings(AlgorithmSettings):
    """DQN. An update plays ``play.rollout`` steps of ``play.environments`` matches, and learns after each of them."""

    name: Literal["dqn"] = Field(default="dqn", description="Deep Q-learning.")
    batch: int = Field(default=128, ge=8, description="Decisions of one gradient step.")
    learning_rate: Weight = Field(default=Schedule(5e-4), description="Step size of Adam.")
    discount: float = Field(default=0.99, gt=0, le=1, description="Worth of a reward one step later (gamma).")
    reward_scale: float = Field(default=1.0, gt=0, description="What rewards are multiplied by before learning.")
    exploration: Share = Field(
        default=Schedule("max(0.1, 1 - 3 * done)"), description="Share of the decisions that are random (epsilon)."
    )
    reuse: float = Field(default=8.0, gt=0, description="How often each decision is learned from, on average.")
    memory: int = Field(default=100_000, ge=100, description="Decisions that are kept, in each checkpoint, too.")
    first_learned: int = Field(default=2_000, ge=1, description="Decisions in memory before learning begins.")
    target_every: int = Field(
        default=100, ge=1, description="Gradient steps after which the network that judges is renewed."
    )
    double: bool = Field(default=True, description="One network chooses the next action, another judges it.")
    duelling: bool = Field(default=True, description="Learn the worth of a position apart from that of its actions.")
    ahead: int = Field(default=1, ge=1, le=100, description="Steps that are played before the network is asked (n).")
    priority: float = Field(
        default=0.6, ge=0, le=1, description="How much more often surprises are learned from; 0: all alike (alpha)."
    )
    correction: Share = Field(
        default=Schedule({"linear": {"start": 0.4, "end": 1.0}}),
        description="How much less a surprise counts for being drawn more often (beta).",
    )
    gradient_norm: float = Field(default=10.0, gt=0, description="Longest gradient; longer ones are shortened to it.")


class DQN(ActionValueLearner):
    """A network of action values, the one that judges, Adam, endless matches and the memory of them."""

    Settings: ClassVar[type[AlgorithmSettings]] = DQNSettings
    meets_opponents = True

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        super().__init__(game, config, crew)
        assert isinstance(config.algorithm, DQNSettings)
        self.settings = settings = config.algorithm
        self.exploration = 0.0
        self.opponents = Opponents(
            game, config, LearnedNetwork(self.network, exploring(game, lambda: self.exploration))
        )
        at_first = config.play.matches(Moment(seed=config.seed))
        hidden = not game.perfect_information
        self.decisions = Decisions(game, at_first, config.seed, self.opponents, by_seats=hidden)
        self.replay = Replay(
            game, self.decisions.lines, settings.memory, settings.ahead, settings.discount, settings.priority
        )
        self.owed = 0.0
        """Gradient steps that are due."""

    @classmethod
    def check(cls, game: Game, config: TrainConfig) -> None:
        if game.action_kind == "box":
            raise BadOption(
                f"This algorithm learns choices; actions of {game.title} are points in a box: take sac or ppo."
            )
        require_one_or_two_seats(game)
        require_plain_network(config, but_for="normalise")

    def learn(self, now: Now) -> dict[str, float]:
        settings, history = self.settings, []
        self.decisions.resize(self.config.play.matches(now.moment), seed_of(self.config.seed, 1 + self.update))
        self.decisions.begin(now.moment)
        self.replay.resize(self.decisions.lines)
        for _ in range(round(self.config.play.rollout.at(now.moment))):
            with now.timing("play"):
                self.play(settings.exploration.at(now.moment))
            if self.replay.ready < min(settings.first_learned, self.replay.steps * self.replay.rows // 2):
                continue
            with now.timing("learn"):
                self.owed += self.decisions.rows * settings.reuse / settings.batch
                while self.owed >= 1:
                    self.owed -= 1
                    history.append(self.improve(now))
        self.require_numbers(self.network.parameters())
        metrics = {name: float(np.mean([step[name] for step in history])) for name in (history[0] if history else ())}
        returns = self.decisions.take_returns()
        if returns:
            metrics["play/return"] = float(np.mean(returns))
        metrics["replay/decisions"] = float(self.replay.ready)
        metrics["schedule/exploration"] = self.exploration
        self.opponents.after_update(self.update + 1)
        return metrics | self.opponents.metrics()

    def play(self, exploration: float) -> None:
        """One step of every match: the best action, or with probability ``exploration`` any."""
        self.exploration = exploration
        observations, masks = self.decisions.observations, self.decisions.masks
        if not self.gradient_steps:
            measure(observations, self.network, self.target)
        anything = self.game.random_actions(masks, self.chance)
        explores = self.chance.random(len(anything)) < exploration
        actions = self.policy()(observations, masks)
        actions[explores] = anything[explores]
        outcome = self.decisions.play(actions)
        outcome.rewards[:] *= np.float32(self.settings.reward_scale)
        self.replay.add(*self.decisions.by_lines(observations, masks, actions), outcome)
        self.steps += self.decisions.batch.size

    def improve(self, now: Now) -> dict[str, float]:
        """One gradient step. Raises Diverged when the loss is no number."""
        settings = self.settings
        drawn = self.replay.draw(settings.batch, self.chance, settings.correction.at(now.moment))
        targets = self.targets(drawn)
        values = action_values(self.network, drawn.observations, drawn.masks, settings.duelling, self.game.heads)
        taken = worth_of(values, drawn.actions, self.game)
        # Squared where the error is small, straight where it is large: one surprise must not undo everything.
        losses = nn.functional.smooth_l1_loss(taken, targets[:, None].expand_as(taken), reduction="none").mean(dim=1)
        loss = (torch.from_numpy(drawn.weights) * losses).mean()
        rate = settings.learning_rate.at(now.moment)
        norm = self.descend(loss, rate, settings.gradient_norm, settings.target_every)

        errors = (taken.detach() - targets[:, None]).mean(dim=1)
        self.replay.learned(drawn.places, errors.numpy())
        return {
            "loss/value": float(loss.detach()),
            "value/error": float(errors.abs().mean()),
            "value/mean": float(taken.detach().mean()),
            "gradient/norm": norm,
        }

    @torch.no_grad()
    def targets(self, drawn: Drawn) -> Tensor:
        """What the drawn actions should be worth, float32 [B]: their returns, and the worth of what follows."""
        duelling, heads = self.settings.duelling, self.game.heads
        judged = action_values(self.target, drawn.following, drawn.following_masks, duelling, heads)
        chosen = judged
        if self.settings.double:
            chosen = action_values(self.network, drawn.following, drawn.following_masks, duelling, heads)
        return bellman_targets((drawn.returns, drawn.onward), judged, chosen, drawn.following_masks, self.game)

    def state(self) -> State:
        kept = {"matches": self.decisions.arrays(), "replay": self.replay.arrays()}
        return {**super().state(), **kept, **self.opponents.state()}

    def counters(self) -> dict[str, Any]:
        return {**super().counters(), "owed": self.owed, "opponents": self.opponents.counters()}

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        super().restore(state, counters)
        self.decisions.restore(state["matches"])
        self.replay.restore(state["replay"])
        self.opponents.restore(state, counters["opponents"])
        self.owed = counters["owed"]


def action_values(
    network: PolicyValueNetwork,
    observations: NDArray[Any],
    masks: NDArray[np.bool_],
    duelling: bool,
    heads: Sequence[int] = (),
) -> Tensor:
    """What each action, or option of several ``heads``, is worth, float32 [B, L]; of illegal ones it means nothing.

    Duelling: the network's value is that of the position, and its logits say what each option adds to it, measured from
    their mean over the legal ones of the head (equation 9 of the paper). Otherwise the logits are the worth itself.
    """
    logits: Tensor
    values: Tensor
    logits, values = network(torch.from_numpy(observations))
    if not duelling:
        return logits
    legal = torch.from_numpy(masks).float()
    ends = np.cumsum(heads or [masks.shape[1]])[:-1].tolist()
    means = []
    for said, may in zip(logits.tensor_split(ends, 1), legal.tensor_split(ends, 1), strict=True):
        mean = (said * may).sum(dim=1, keepdim=True) / may.sum(dim=1, keepdim=True).clamp(min=1)
        means.append(mean.expand_as(said))
    return values[:, None] + logits - torch.cat(means, dim=1)


def bellman_targets(
    drawn: tuple[NDArray[np.float32], NDArray[np.float32]],
    judged: Tensor,
    chosen: Tensor,
    masks: NDArray[np.bool_],
    game: Game,
) -> Tensor:
    """``returns + onward * judged[best legal action by chosen]``: float32 [B]; of several heads the mean.

    ``drawn``: returns and onward, float32 [B] each. ``judged`` and ``chosen``, float32 [B, L], are two opinions about
    the following decision, or twice the same; ``onward`` has the discount and the sign of whoever takes it.
    """
    returns, onward = drawn
    best = worth_of(judged, best_choices(chosen, masks, game), game).mean(dim=1)
    return torch.from_numpy(returns) + torch.from_numpy(onward) * best
