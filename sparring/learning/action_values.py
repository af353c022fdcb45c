"""What learners of action values have in common: a network, the one that judges it, and how both are kept."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from sparring.engine import Game
from sparring.errors import BadOption
from sparring.learning.configuration import TrainConfig
from sparring.learning.crew import Crew
from sparring.learning.learner import Learner, Plays, State
from sparring.learning.network_learner import arrays_of, load_arrays, optimiser_arrays, restore_optimiser
from sparring.learning.networks import PolicyValueNetwork, build_network
from sparring.learning.opponents import Actor, LearnedNetwork, SamplingActor
from sparring.learning.opponents.learned import ActorOf
from sparring.learning.probes import Policy
from sparring.learning.rollouts.choosing import NO_TABLE, draw_choices
from sparring.models.onnx_export import export_onnx


class ActionValueLearner(Learner):
    """A network of action values that learns, the one that judges what follows, and Adam."""

    met_in = "network"
    plays_one_way = True

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        super().__init__(game, config, crew)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.network = value_network(config, game)
        self.target = copy.deepcopy(self.network)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=1e-3, eps=1e-5, fused=True)
        self.chance = np.random.default_rng([config.seed, 1])
        self.gradient_steps = 0

    def descend(self, loss: Tensor, learning_rate: float, longest: float, target_every: int) -> float:
        """One gradient step, no longer than ``longest``; returns how long the gradient was.

        The network that judges is renewed every ``target_every`` steps. Raises Diverged when the loss is no number.
        """
        self.require_loss(bool(torch.isfinite(loss)))
        self.optimiser.param_groups[0]["lr"] = learning_rate
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), longest)
        self.optimiser.step()
        self.gradient_steps += 1
        if self.gradient_steps % target_every == 0:
            self.target.load_state_dict(self.network.state_dict())
        return float(norm)

    @classmethod
    def as_met(cls, game: Game, config: TrainConfig) -> LearnedNetwork:
        with torch.random.fork_rng(devices=[]):
            return LearnedNetwork(value_network(config, game), exploring(game, lambda: 0.0))

    def begin_from(self, state: State) -> None:
        try:
            for network in (self.network, self.target):
                load_arrays(network, state["network"])
        except (KeyError, RuntimeError) as error:
            why = " ".join(str(error).split())
            raise BadOption(f"The weights to begin with don't fit the network of this run: {why}") from None

    def policy(self) -> Policy:
        return greedy_policy(self.network, self.game)

    @property
    def plays(self) -> Plays:
        """What actions are worth is no chance with which to draw them."""
        return "greedy"

    def model_files(self) -> dict[str, bytes]:
        """The logits of the model are what actions are worth (but for what all of a position have in common)."""
        return {
            "model.safetensors": save_tensors(self.network.state_dict()),
            "model.onnx": export_onnx(self.network, self.game),
        }

    def state(self) -> State:
        return {
            "network": arrays_of(self.network),
            "target": arrays_of(self.target),
            "optimiser": optimiser_arrays(self.optimiser),
        }

    def counters(self) -> dict[str, Any]:
        chance = self.chance.bit_generator.state
        return {**super().counters(), "gradient_steps": self.gradient_steps, "chance": chance}

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        super().restore(state, counters)
        load_arrays(self.network, state["network"])
        load_arrays(self.target, state["target"])
        restore_optimiser(self.optimiser, state["optimiser"])
        self.gradient_steps = counters["gradient_steps"]
        self.chance.bit_generator.state = counters["chance"]


def value_network(config: TrainConfig, game: Game) -> PolicyValueNetwork:
    """A network whose logits are what options are worth: those of a head don't depend on what others choose."""
    plain = config.network.model_copy(update={"autoregressive": False})
    return build_network(config.model_copy(update={"network": plain}), game)


def exploring(game: Game, share: Callable[[], float]) -> ActorOf:
    """Who plays with a network of action values: the best action, or now and then any, ``share()`` of the time."""

    def actor_of(network: nn.Module) -> Actor:
        assert isinstance(network, PolicyValueNetwork)
        best = greedy_policy(network, game)

        def sample(
            observations: NDArray[Any],
            masks: NDArray[np.bool_],
            chance: np.random.Generator,
            deterministic: NDArray[np.bool_],
        ) -> NDArray[Any]:
            anything = game.random_actions(masks, chance)
            explores = ~deterministic & (chance.random(len(masks)) < share())
            actions = best(observations, masks)
            actions[explores] = anything[explores]
            return actions

        return SamplingActor(sample)

    return actor_of


def greedy_policy(network: PolicyValueNetwork, game: Game) -> Policy:
    """The legal action of the highest logits, which is also the one of the highest worth."""

    def choose(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.int64]:
        with torch.inference_mode():
            logits, _ = network(torch.from_numpy(observations))
        return best_choices(logits, masks, game).reshape(-1, *game.action_shape)

    return choose


def best_choices(worth: Tensor, masks: NDArray[np.bool_], game: Game) -> NDArray[np.int64]:
    """The best option of each head by ``worth: float32 [B, L]``, among those that go with the heads before: [B, H]."""
    if len(game.heads) == 1:
        best = worth.masked_fill(~torch.from_numpy(masks), -torch.inf).argmax(dim=1, keepdim=True)
        return np.asarray(best.numpy())
    actions = np.zeros((len(masks), len(game.heads)), np.int64)
    greedy, words = np.ones(len(masks), np.bool_), np.ones((len(masks), 2), np.uint32)
    space = game.actions.starts, game.actions.together
    logits, unused = worth.detach().numpy(), np.zeros(len(masks), np.float32)
    draw_choices(logits, masks, *space, NO_TABLE, (0, len(game.heads)), (greedy, words), actions, unused)
    return actions


def worth_of(worth: Tensor, actions: NDArray[np.int64], game: Game) -> Tensor:
    """What the chosen option of each head is worth by ``worth: float32 [B, L]``: float32 [B, H]."""
    places = actions.reshape(len(actions), -1) + game.actions.starts[:-1]
    return worth.gather(1, torch.from_numpy(places))
