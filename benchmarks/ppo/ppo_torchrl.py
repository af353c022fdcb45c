"""Steps a second of PPO made of TorchRL's parts on Connect Four: its collector, its advantage, its loss.

All matches are one batched environment in NumPy, which one has to write. Batches are indexed as plain tensordicts: a
replay buffer in memory, as in TorchRL's own examples, does the same with more calls. One policy plays both seats, so a
step is one move, as on our side. ``threads=1`` limits PyTorch; without it PyTorch takes both cores.
"""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contestants"))

import ppo_settings as settings
import torch
from boards import COLUMNS, ROWS, Boards
from contestant import Measure, serve
from tensordict import TensorDict
from tensordict.nn import TensorDictModule
from torch import nn
from torchrl.collectors import Collector
from torchrl.data import Binary, Bounded, Categorical, Composite, Unbounded
from torchrl.envs import EnvBase
from torchrl.modules import ActorValueOperator, MaskedCategorical, ProbabilisticActor
from torchrl.objectives import ClipPPOLoss
from torchrl.objectives.value import GAE

SEEN = 2 * ROWS * COLUMNS


class ConnectFour(EnvBase):
    """All matches at once; a match that is over starts anew within the step."""

    def __init__(self, matches: int) -> None:
        super().__init__(batch_size=[matches])
        self.boards = Boards(matches)
        self.observation_spec = Composite(
            observation=Bounded(0, 1, (matches, SEEN)),
            mask=Binary(COLUMNS, shape=(matches, COLUMNS), dtype=torch.bool),
            shape=[matches],
        )
        self.action_spec = Categorical(COLUMNS, shape=(matches,))
        self.reward_spec = Unbounded(shape=(matches, 1))

    def look(self) -> dict[str, torch.Tensor]:
        seen = torch.from_numpy(self.boards.observe().reshape(-1, SEEN))
        return {"observation": seen, "mask": torch.from_numpy(self.boards.masks())}

    def _reset(self, tensordict: TensorDict | None, **settings: Any) -> TensorDict:
        """Only the first time: after that the boards have started anew before they are asked to."""
        none = torch.zeros((*self.batch_size, 1), dtype=torch.bool)
        return TensorDict({**self.look(), "done": none, "terminated": none}, self.batch_size)

    def _step(self, tensordict: TensorDict) -> TensorDict:
        won, over = self.boards.step(tensordict["action"].numpy())
        ended = torch.from_numpy(over)[:, None]
        reward = torch.from_numpy(won)[:, None].float()
        return TensorDict({**self.look(), "reward": reward, "done": ended, "terminated": ended}, self.batch_size)

    def _set_seed(self, seed: int | None) -> None:
        """Nothing here is left to chance."""


class Trainer:
    def __init__(self) -> None:
        torch.manual_seed(1)
        first, second = settings.HIDDEN
        body = nn.Sequential(nn.Linear(SEEN, first), nn.Tanh(), nn.Linear(first, second), nn.Tanh())
        policy = TensorDictModule(nn.Linear(second, COLUMNS), ["hidden"], ["logits"])
        actor = ProbabilisticActor(
            policy,
            in_keys=["logits", "mask"],
            distribution_class=MaskedCategorical,
            return_log_prob=True,
        )
        critic = TensorDictModule(nn.Linear(second, 1), ["hidden"], ["state_value"])
        both = ActorValueOperator(TensorDictModule(body, ["observation"], ["hidden"]), actor, critic)
        self.actor, self.critic = both.get_policy_operator(), both.get_value_operator()
        self.collector = Collector(
            ConnectFour(settings.ENVIRONMENTS),
            self.actor,
            frames_per_batch=settings.SAMPLES,
            total_frames=-1,
            no_cuda_sync=True,
        )
        self.rollouts = iter(self.collector)
        self.advantage = GAE(gamma=settings.DISCOUNT, lmbda=settings.TRACE, value_network=self.critic, shifted=True)
        self.loss = ClipPPOLoss(
            self.actor,
            self.critic,
            clip_epsilon=settings.CLIP,
            entropy_coeff=settings.ENTROPY_WEIGHT,
            critic_coeff=settings.VALUE_WEIGHT,
            loss_critic_type="l2",
            normalize_advantage=True,
        )
        self.parameters = list(both.parameters())
        self.optimiser = torch.optim.Adam(self.parameters, lr=settings.LEARNING_RATE, eps=1e-5)

    def learn(self, rollout: TensorDict) -> None:
        with torch.no_grad():
            self.advantage(rollout)
        samples = rollout.reshape(-1).select(*self.loss.in_keys, "mask", "advantage", "value_target", strict=False)
        for _ in range(settings.EPOCHS):
            for chosen in torch.randperm(settings.SAMPLES).split(settings.BATCH):
                losses = self.loss(samples[chosen])
                total = losses["loss_objective"] + losses["loss_critic"] + losses["loss_entropy"]
                self.optimiser.zero_grad()
                total.backward()
                nn.utils.clip_grad_norm_(self.parameters, settings.GRADIENT_NORM)
                self.optimiser.step()


def prepare() -> Measure:
    warnings.filterwarnings("ignore")
    if settings.THREADS:
        torch.set_num_threads(settings.THREADS)
    trainer = Trainer()
    train(trainer, 0.5)
    return lambda seconds: train(trainer, seconds)


def train(trainer: Trainer, seconds: float) -> dict[str, Any]:
    """Whole updates for about ``seconds``; ``value`` is steps of the game a second."""
    phases, done, start = {"play": 0.0, "learn": 0.0}, 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        began = time.perf_counter()
        rollout = next(trainer.rollouts)
        played = time.perf_counter()
        trainer.learn(rollout)
        phases["play"] += played - began
        phases["learn"] += time.perf_counter() - played
        done += rollout.numel()
    elapsed = time.perf_counter() - start
    return {"value": done / elapsed, "phases": phases, "threads": torch.get_num_threads()}


serve(prepare, ["torchrl", "tensordict", "torch", "numpy"])
