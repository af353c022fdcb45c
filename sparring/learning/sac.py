"""Soft actor-critic in self-play: rewards and, at a price, chance (Haarnoja et al., 2018; Christodoulou, 2019).

The actor looks for the policy that gets most reward *and* stays as random as the temperature pays for. How good that is
in a position is its soft value, with critics Q, temperature T and policy p::

    soft value = E[Q(action) - T log p(action)]      the expectation over the policy's actions

The critics learn what an action brings: its reward, and the soft value of the position after it (of two critics the
lower one counts, because what is overrated is what gets chosen). The actor climbs the soft value. The temperature rises
while the policy is less random than wanted, and falls while it is more.

That is all, for one choice and for a box alike. The expectation is a sum over the legal actions for one choice, and one
drawn action for a box: see ``Choice`` and ``Box``. Where seats take turns, the position after one's own action is the
opponent's, and its soft value counts with the other sign; in matches against opponents it is the next one of its own.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from sparring.engine import Game
from sparring.engine.seeds import seed_of
from sparring.errors import BadOption
from sparring.learning.configuration import AlgorithmSettings, Moment, Schedule, Share, TrainConfig, Weight
from sparring.learning.crew import Crew
from sparring.learning.learner import Learner, Now, Probabilities, State
from sparring.learning.memories.replay import Drawn, Replay
from sparring.learning.network_learner import arrays_of, load_arrays, optimiser_arrays, restore_optimiser
from sparring.learning.networks.normaliser import measure
from sparring.learning.networks.sac_actors import Box, Choice, actor
from sparring.learning.opponents import Actor, LearnedNetwork, Opponents, SamplingActor
from sparring.learning.probes import Policy
from sparring.learning.requirements import require_one_or_two_seats, require_plain_network
from sparring.learning.rollouts.decisions import Decisions


class SACSettings(AlgorithmSettings):
    """SAC. An update plays ``play.rollout`` steps of ``play.environments`` matches, and learns after each of them."""

    name: Literal["sac"] = Field(default="sac", description="Soft actor-critic.")
    batch: int = Field(default=256, ge=8, description="Decisions of one gradient step.")
    learning_rate: Weight = Field(default=Schedule(1e-3), description="Step size of Adam.")
    discount: float = Field(default=0.99, gt=0, le=1, description="Worth of a reward one step later (gamma).")
    reward_scale: float = Field(default=1.0, gt=0, description="What rewards are multiplied by before learning.")
    reuse: float = Field(default=8.0, gt=0, description="How often each decision is learned from, on average.")
    memory: int = Field(default=100_000, ge=100, description="Decisions that are kept, in each checkpoint, too.")
    first_learned: int = Field(default=2_000, ge=1, description="Random decisions before learning begins.")
    target_memory: float = Field(
        default=0.995, ge=0, lt=1, description="How much of the critics that judge stays in each step (1 - tau)."
    )
    first_temperature: float = Field(default=0.1, gt=0, description="What chance is worth at the start, in rewards.")
    tuned: bool = Field(default=True, description="Tune the temperature, so that the policy is as random as wanted.")
    entropy_share: Share = Field(
        default=Schedule(0.3), description="Wanted for one choice: share of the entropy of a uniform choice."
    )
    entropy_of_number: float = Field(
        default=-1.0, le=0.7, description="Wanted for a box from -1 to 1: entropy of each number, in nats."
    )
    gradient_norm: float = Field(default=10.0, gt=0, description="Longest gradient; longer ones are shortened to it.")


class SAC(Learner):
    """An actor, two critics and their slower selves, a temperature, endless matches and the memory of them."""

    Settings: ClassVar[type[AlgorithmSettings]] = SACSettings
    meets_opponents = True
    met_in = "actor"

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        super().__init__(game, config, crew)
        assert isinstance(config.algorithm, SACSettings)
        self.settings = settings = config.algorithm
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.actor = actor(config, game)
            self.critics = nn.ModuleList(self.actor.critic(config) for _ in range(2))
        self.targets = copy.deepcopy(self.critics)
        self.log_temperature = nn.Parameter(torch.tensor(float(np.log(settings.first_temperature))))
        self.optimisers = {
            "actor": torch.optim.Adam(self.actor.parameters(), fused=True),
            "critics": torch.optim.Adam(self.critics.parameters(), fused=True),
            "temperature": torch.optim.Adam([self.log_temperature], fused=True),
        }
        self.opponents = Opponents(game, config, LearnedNetwork(self.actor, drawing))
        at_first = config.play.matches(Moment(seed=config.seed))
        hidden = not game.perfect_information
        self.decisions = Decisions(game, at_first, config.seed, self.opponents, by_seats=hidden)
        self.replay = Replay(game, self.decisions.lines, settings.memory, 1, settings.discount)
        self.chance = np.random.default_rng([config.seed, 1])
        self.noise = torch.Generator().manual_seed(config.seed)
        self.owed = 0.0
        """Gradient steps that are due."""

    @classmethod
    def check(cls, game: Game, config: TrainConfig) -> None:
        require_one_or_two_seats(game)
        if game.action_kind == "multi_discrete":
            raise BadOption(
                f"This algorithm learns one choice or a box; an action of {game.title} has several heads, and its "
                "expectation would be a sum over all their combinations. Learn by ppo, or by dqn."
            )
        require_plain_network(config, but_for="normalise")
        if not all(bound is None or np.isfinite(bound).all() for bound in (game.low, game.high)):
            raise BadOption(f"This algorithm needs to know how far actions reach; the box of {game.title} has no end.")

    @classmethod
    def as_met(cls, game: Game, config: TrainConfig) -> LearnedNetwork:
        with torch.random.fork_rng(devices=[]):
            return LearnedNetwork(actor(config, game), drawing)

    def begin_from(self, state: State) -> None:
        try:
            load_arrays(self.actor, state["actor"])
            for critics in (self.critics, self.targets):
                load_arrays(critics, state["critics"])
        except (KeyError, RuntimeError) as error:
            why = " ".join(str(error).split())
            raise BadOption(f"The weights to begin with don't fit the networks of this run: {why}") from None

    def learn(self, now: Now) -> dict[str, float]:
        settings, history = self.settings, []
        self.decisions.resize(self.config.play.matches(now.moment), seed_of(self.config.seed, 1 + self.update))
        self.decisions.begin(now.moment)
        self.replay.resize(self.decisions.lines)
        for _ in range(round(self.config.play.rollout.at(now.moment))):
            learning = self.replay.ready >= min(settings.first_learned, self.replay.steps * self.replay.rows // 2)
            with now.timing("play"):
                self.play(at_random=not learning)
            if not learning:
                continue
            with now.timing("learn"):
                self.owed += self.decisions.rows * settings.reuse / settings.batch
                while self.owed >= 1:
                    self.owed -= 1
                    history.append(self.improve(now))
        self.require_numbers((*self.actor.parameters(), self.log_temperature))
        metrics = {name: float(np.mean([step[name] for step in history])) for name in (history[0] if history else ())}
        returns = self.decisions.take_returns()
        if returns:
            metrics["play/return"] = float(np.mean(returns))
        self.opponents.after_update(self.update + 1)
        return metrics | self.opponents.metrics() | {"replay/decisions": float(self.replay.ready)}

    def play(self, at_random: bool) -> None:
        """One step of every match, with actions that the actor draws."""
        observations, masks = self.decisions.observations, self.decisions.masks
        if at_random:
            measure(observations, self.actor, self.critics, self.targets)
            actions = self.game.random_actions(masks, self.chance)
        else:
            with torch.no_grad():
                actions = self.actor.draw(torch.from_numpy(observations), torch.from_numpy(masks), self.noise)
        outcome = self.decisions.play(actions)
        outcome.rewards[:] *= np.float32(self.settings.reward_scale)
        self.replay.add(*self.decisions.by_lines(observations, masks, actions), outcome)
        self.steps += self.decisions.batch.size

    def improve(self, now: Now) -> dict[str, float]:
        """One gradient step of critics, actor and temperature. Raises Diverged when a loss is no number."""
        settings = self.settings
        for optimiser in self.optimisers.values():
            optimiser.param_groups[0]["lr"] = settings.learning_rate.at(now.moment)
        drawn = self.replay.draw(settings.batch, self.chance)
        observations, masks = torch.from_numpy(drawn.observations), torch.from_numpy(drawn.masks)
        temperature = self.log_temperature.detach().exp()

        wanted = self.wanted(drawn, temperature)
        said = [self.actor.worth_of(critic, observations, drawn.actions) for critic in self.critics]
        value_loss = sum((0.5 * (values - wanted).square().mean() for values in said), torch.zeros(()))
        norm = self.step("critics", value_loss, self.critics)

        soft_values, entropies = self.actor.soft_values(self.critics, observations, masks, temperature, self.noise)
        policy_loss = -soft_values.mean()
        self.step("actor", policy_loss, self.actor)

        if settings.tuned:
            aim = self.actor.wanted_entropy(masks, settings.entropy_share.at(now.moment), settings.entropy_of_number)
            self.step("temperature", (self.log_temperature * (entropies.detach() - aim)).mean(), None)
        with torch.no_grad():
            for slow, fast in zip(self.targets.parameters(), self.critics.parameters(), strict=True):
                slow.lerp_(fast, 1.0 - settings.target_memory)
        return {
            "loss/value": float(value_loss.detach()),
            "loss/policy": float(policy_loss.detach()),
            "policy/entropy": float(entropies.detach().mean()),
            "policy/temperature": float(temperature),
            "value/mean": float(said[0].detach().mean()),
            "gradient/norm": norm,
        }

    @torch.no_grad()
    def wanted(self, drawn: Drawn, temperature: Tensor) -> Tensor:
        """What the drawn actions should be worth: their rewards, and the soft value of what follows. float32 [B]."""
        following, masks = torch.from_numpy(drawn.following), torch.from_numpy(drawn.following_masks)
        soft_values, _ = self.actor.soft_values(self.targets, following, masks, temperature, self.noise)
        return torch.from_numpy(drawn.returns) + torch.from_numpy(drawn.onward) * soft_values

    def step(self, name: str, loss: Tensor, module: nn.Module | None) -> float:
        """One step of an optimiser down ``loss``; returns the length of the gradient."""
        self.require_loss(bool(torch.isfinite(loss)))
        optimiser = self.optimisers[name]
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        parameters = [self.log_temperature] if module is None else list(module.parameters())
        norm = nn.utils.clip_grad_norm_(parameters, self.settings.gradient_norm)
        optimiser.step()
        return float(norm)

    def policy(self) -> Policy:
        def choose(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[Any]:
            with torch.inference_mode():
                return self.actor.best(torch.from_numpy(observations), torch.from_numpy(masks))

        return choose

    def probabilities(self) -> Probabilities | None:
        actor = self.actor
        if isinstance(actor, Box):
            return None

        def look(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
            with torch.inference_mode():
                log_probabilities = actor.log_probabilities(torch.from_numpy(observations), torch.from_numpy(masks))
            return np.asarray(log_probabilities.exp().double().numpy())

        return look

    def model_files(self) -> dict[str, bytes]:
        return {"model.safetensors": save_tensors(self.actor.state_dict()), **self.actor.exported()}

    def state(self) -> State:
        chance = {"noise": self.noise.get_state().numpy().copy()}
        temperature = {"log_temperature": self.log_temperature.detach().numpy().copy()}
        optimisers = {f"{name}_optimiser": optimiser_arrays(each) for name, each in self.optimisers.items()}
        return {
            "actor": arrays_of(self.actor),
            "critics": arrays_of(self.critics),
            "targets": arrays_of(self.targets),
            "temperature": temperature | chance,
            "matches": self.decisions.arrays(),
            "replay": self.replay.arrays(),
            **{name: arrays for name, arrays in optimisers.items() if arrays},
            **self.opponents.state(),
        }

    def counters(self) -> dict[str, Any]:
        chance = self.chance.bit_generator.state
        return {**super().counters(), "owed": self.owed, "chance": chance, "opponents": self.opponents.counters()}

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        super().restore(state, counters)
        load_arrays(self.actor, state["actor"])
        load_arrays(self.critics, state["critics"])
        load_arrays(self.targets, state["targets"])
        with torch.no_grad():
            self.log_temperature.copy_(torch.from_numpy(state["temperature"]["log_temperature"].copy()))
        self.noise.set_state(torch.from_numpy(state["temperature"]["noise"].copy()))
        for name, optimiser in self.optimisers.items():
            restore_optimiser(optimiser, state.get(f"{name}_optimiser", {}))
        self.decisions.restore(state["matches"])
        self.replay.restore(state["replay"])
        self.opponents.restore(state, counters["opponents"])
        self.owed, self.chance.bit_generator.state = counters["owed"], counters["chance"]


def drawing(network: nn.Module) -> Actor:
    """Who plays with an actor: draws from its policy, or takes its best action."""
    assert isinstance(network, Choice | Box)

    def sample(
        observations: NDArray[Any],
        masks: NDArray[np.bool_],
        chance: np.random.Generator,
        deterministic: NDArray[np.bool_],
    ) -> NDArray[Any]:
        noise = torch.Generator().manual_seed(int(chance.integers(2**62)))
        with torch.inference_mode():
            seen = torch.from_numpy(observations), torch.from_numpy(masks)
            actions = network.draw(*seen, noise)
            if deterministic.any():
                actions[deterministic] = network.best(*seen)[deterministic]
        return actions

    return SamplingActor(sample)
