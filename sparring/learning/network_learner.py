"""What learners with a policy-value network have in common: the network, its running average, and how both are kept."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from sparring.agents.network import OnnxPlayer
from sparring.engine import Game
from sparring.errors import BadOption
from sparring.learning.configuration import TrainConfig
from sparring.learning.crew import Crew
from sparring.learning.learner import Learner, Probabilities, State
from sparring.learning.networks import build_network, masked_log_softmax
from sparring.learning.opponents import LearnedNetwork
from sparring.learning.probes import Policy
from sparring.learning.rollouts.choosing import Seen, actor_for, as_played, choose
from sparring.models.onnx_export import export_onnx, onnx_form


class NetworkLearner(Learner):
    """A network that learns, and the running average of its weights, which is measured, published and met."""

    met_in = "averaged"

    def __init__(self, game: Game, config: TrainConfig, crew: Crew) -> None:
        super().__init__(game, config, crew)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.network = build_network(config, game)
        self.network.eval()
        self.averaged = copy.deepcopy(self.network)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=1e-3, eps=1e-5, fused=True)

    def average(self, memory: float) -> None:
        """Move the averaged weights towards the network's; ``memory``, 0 to 1, is how much of them stays."""
        with torch.no_grad():
            for average, current in zip(self.averaged.parameters(), self.network.parameters(), strict=True):
                average.lerp_(current, 1.0 - memory)
            for kept, now in zip(self.averaged.buffers(), self.network.buffers(), strict=True):
                kept.copy_(now)

    @classmethod
    def as_met(cls, game: Game, config: TrainConfig) -> LearnedNetwork:
        with torch.random.fork_rng(devices=[]):
            return LearnedNetwork(build_network(config, game), actor_for(game))

    def begin_from(self, state: State) -> None:
        try:
            for network in (self.network, self.averaged):
                load_arrays(network, state["averaged"])
        except (KeyError, RuntimeError) as error:
            why = " ".join(str(error).split())
            raise BadOption(f"The weights to begin with don't fit the network of this run: {why}") from None

    def policy(self) -> Policy:
        network, game = self.averaged, self.game

        def play(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[Any]:
            count = len(observations)
            unused, best = np.zeros((count, 2), np.uint32), np.ones(count, np.bool_)
            chosen = choose(network, game, Seen(self.without_past(observations)), masks, unused, best)
            return as_played(chosen.actions, game)

        return ModelPolicy(play, self.player) if self.remembers or game.action_kind == "multi_discrete" else play

    @property
    def remembers(self) -> bool:
        """Whether it takes more than the present to decide: the last frames, or a memory."""
        return len(self.config.play.past) > 1 or self.config.network.memory > 0

    def player(self) -> OnnxPlayer:
        """Who plays as the model will that is made of the network as it is now."""
        content = onnx_form(self.averaged, self.game, self.config.play.past)
        return OnnxPlayer.of(content, self.game, 1.0 if self.plays == "mixed" else 0.0, seed=self.update)

    def without_past(self, observations: NDArray[Any]) -> Tensor:
        """Observations [B, *shape] as the network takes them, where nothing was seen before."""
        frames = len(self.config.play.past)
        if frames == 1:
            return torch.from_numpy(observations)
        stacks = np.zeros((len(observations), frames, *self.game.observation_shape), observations.dtype)
        stacks[:, 0] = observations
        return torch.from_numpy(stacks)

    def probabilities(self) -> Probabilities | None:
        network = self.averaged
        if self.game.action_kind != "discrete" or self.remembers:
            return None

        def look(observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[np.float64]:
            with torch.inference_mode():
                logits, _ = network(self.without_past(observations))
                chances: NDArray[np.float64] = (
                    masked_log_softmax(logits, torch.from_numpy(masks)).exp().double().numpy()
                )
            return chances

        return look

    def model_files(self) -> dict[str, bytes]:
        return {
            "model.safetensors": save_tensors(self.averaged.state_dict()),
            "model.onnx": export_onnx(self.averaged, self.game, self.config.play.past),
        }

    def state(self) -> State:
        return {
            "network": arrays_of(self.network),
            "averaged": arrays_of(self.averaged),
            "optimiser": optimiser_arrays(self.optimiser),
        }

    def restore(self, state: State, counters: Mapping[str, Any]) -> None:
        super().restore(state, counters)
        load_arrays(self.network, state["network"])
        load_arrays(self.averaged, state["averaged"])
        restore_optimiser(self.optimiser, state["optimiser"])


class ModelPolicy:
    """A policy whose best play takes more than what is seen at once: call it for that, or let its ``player`` play."""

    def __init__(self, choose: Policy, make_player: Callable[[], OnnxPlayer]) -> None:
        self._choose, self._make_player = choose, make_player

    def __call__(self, observations: NDArray[Any], masks: NDArray[np.bool_]) -> NDArray[Any]:
        """Actions [B, *action_shape] in positions before which nothing was seen."""
        return self._choose(observations, masks)

    @cached_property
    def player(self) -> OnnxPlayer:
        """Who plays as the model will."""
        return self._make_player()


def arrays_of(network: nn.Module) -> dict[str, NDArray[Any]]:
    """Weights and buffers by name, copied."""
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in network.state_dict().items()}


def load_arrays(network: nn.Module, arrays: Mapping[str, NDArray[Any]]) -> None:
    """The reverse of ``arrays_of``. Raises RuntimeError when they don't fit."""
    network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in arrays.items()})


def optimiser_arrays(optimiser: torch.optim.Optimizer) -> dict[str, NDArray[Any]]:
    """The optimiser's moments, named ``INDEX.NAME``."""
    state: dict[int, dict[str, torch.Tensor]] = optimiser.state_dict()["state"]
    return {
        f"{index}.{name}": tensor.cpu().numpy().copy()
        for index, entries in state.items()
        for name, tensor in entries.items()
    }


def restore_optimiser(optimiser: torch.optim.Optimizer, arrays: Mapping[str, NDArray[Any]]) -> None:
    """The reverse of ``optimiser_arrays``."""
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, array in arrays.items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = torch.from_numpy(array.copy())
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
