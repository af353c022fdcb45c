"""Steps a second of PPO written as CleanRL writes it, on Connect Four: one file, plain PyTorch, nothing hidden.

CleanRL is a collection of files to copy, not a package: this is our own, with the structure that its ``ppo.py`` made
known (Huang et al., "CleanRL: High-quality Single-file Implementations of Deep Reinforcement Learning Algorithms",
2022): storage of tensors [steps, environments], advantages backwards through it, epochs over shuffled minibatches.
Added is what the game asks for: masked logits, and the sign of value and advantage that turns with the seat. Policy and
value share their body, as on our side. ``threads=1`` limits PyTorch; without it PyTorch takes both cores.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "contestants"))

import numpy as np
import ppo_settings as settings
import torch
from boards import COLUMNS, ROWS, Boards
from contestant import Measure, serve
from torch import nn
from torch.distributions.categorical import Categorical

SEEN = 2 * ROWS * COLUMNS


def layer_init(layer: nn.Linear, scale: float = 2**0.5) -> nn.Linear:
    nn.init.orthogonal_(layer.weight, scale)
    nn.init.constant_(layer.bias, 0.0)
    return layer


class Agent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        first, second = settings.HIDDEN
        self.body = nn.Sequential(
            layer_init(nn.Linear(SEEN, first)), nn.Tanh(), layer_init(nn.Linear(first, second)), nn.Tanh()
        )
        self.actor = layer_init(nn.Linear(second, COLUMNS), 0.01)
        self.critic = layer_init(nn.Linear(second, 1), 1.0)

    def get_value(self, x: torch.Tensor) -> torch.Tensor:
        return self.critic(self.body(x))[:, 0]

    def get_action_and_value(
        self, x: torch.Tensor, mask: torch.Tensor, action: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        hidden = self.body(x)
        logits = self.actor(hidden).masked_fill(~mask, -1e8)
        probs = Categorical(logits=logits, validate_args=False)
        if action is None:
            action = probs.sample()
        return action, probs.log_prob(action), probs.entropy(), self.critic(hidden)[:, 0]


class Trainer:
    """The variables that CleanRL's script has at the top level."""

    def __init__(self) -> None:
        torch.manual_seed(1)
        self.envs = Boards(settings.ENVIRONMENTS)
        self.agent = Agent()
        self.optimizer = torch.optim.Adam(self.agent.parameters(), lr=settings.LEARNING_RATE, eps=1e-5)
        shape = (settings.ROLLOUT, settings.ENVIRONMENTS)
        self.obs = torch.zeros((*shape, SEEN))
        self.masks = torch.zeros((*shape, COLUMNS), dtype=torch.bool)
        self.actions = torch.zeros(shape, dtype=torch.long)
        self.logprobs, self.rewards, self.dones, self.values = (torch.zeros(shape) for _ in range(4))
        self.look()

    def look(self) -> None:
        self.next_obs = torch.from_numpy(self.envs.observe().reshape(settings.ENVIRONMENTS, SEEN))
        self.next_mask = torch.from_numpy(self.envs.masks())

    def play(self) -> None:
        for step in range(settings.ROLLOUT):
            self.obs[step], self.masks[step] = self.next_obs, self.next_mask
            with torch.no_grad():
                action, logprob, _, value = self.agent.get_action_and_value(self.next_obs, self.next_mask)
            self.values[step], self.actions[step], self.logprobs[step] = value, action, logprob
            won, over = self.envs.step(action.numpy())
            self.rewards[step] = torch.from_numpy(won.astype(np.float32))
            self.dones[step] = torch.from_numpy(over.astype(np.float32))
            self.look()

    def estimate(self) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.no_grad():
            next_value = self.agent.get_value(self.next_obs)
            advantages, following = torch.zeros_like(self.rewards), torch.zeros(settings.ENVIRONMENTS)
            for step in reversed(range(settings.ROLLOUT)):
                onward = -settings.DISCOUNT * (1.0 - self.dones[step])
                after = next_value if step == settings.ROLLOUT - 1 else self.values[step + 1]
                delta = self.rewards[step] + onward * after - self.values[step]
                advantages[step] = following = delta + settings.TRACE * onward * following
        return advantages, advantages + self.values

    def learn(self) -> None:
        advantages, returns = self.estimate()
        b_obs, b_masks = self.obs.reshape(-1, SEEN), self.masks.reshape(-1, COLUMNS)
        b_actions, b_logprobs = self.actions.reshape(-1), self.logprobs.reshape(-1)
        b_advantages, b_returns = advantages.reshape(-1), returns.reshape(-1)
        b_inds = np.arange(settings.SAMPLES)
        for _ in range(settings.EPOCHS):
            np.random.shuffle(b_inds)
            for start in range(0, settings.SAMPLES, settings.BATCH):
                mb = torch.from_numpy(b_inds[start : start + settings.BATCH])
                _, newlogprob, entropy, newvalue = self.agent.get_action_and_value(
                    b_obs[mb], b_masks[mb], b_actions[mb]
                )
                ratio = (newlogprob - b_logprobs[mb]).exp()
                mb_advantages = b_advantages[mb]
                mb_advantages = (mb_advantages - mb_advantages.mean()) / (mb_advantages.std() + 1e-8)
                clipped = torch.clamp(ratio, 1 - settings.CLIP, 1 + settings.CLIP)
                pg_loss = torch.max(-mb_advantages * ratio, -mb_advantages * clipped).mean()
                v_loss = 0.5 * ((newvalue - b_returns[mb]) ** 2).mean()
                loss = pg_loss - settings.ENTROPY_WEIGHT * entropy.mean() + settings.VALUE_WEIGHT * v_loss
                self.optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self.agent.parameters(), settings.GRADIENT_NORM)
                self.optimizer.step()


def prepare() -> Measure:
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
        trainer.play()
        played = time.perf_counter()
        trainer.learn()
        phases["play"] += played - began
        phases["learn"] += time.perf_counter() - played
        done += settings.SAMPLES
    elapsed = time.perf_counter() - start
    return {"value": done / elapsed, "phases": phases, "threads": torch.get_num_threads()}


serve(prepare, ["torch", "numpy"])
