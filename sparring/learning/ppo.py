"""Proximal policy optimisation in self-play (Schulman et al., "Proximal Policy Optimization Algorithms", 2017), masked.

Read ``train`` from top to bottom. What differs from PPO against a fixed world: one network plays all seats, so what is
good for the seat that moves next is bad for the one that moved: the sign of value and advantage turns with the seat.
Illegal actions have probability zero (Huang and Ontañón, "A Closer Look at Invalid Action Masking", 2020).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sparring.errors import SparringError
from sparring.learning.configuration import TrainConfig, game_of
from sparring.learning.crew import Crew
from sparring.learning.examiner import Examiner
from sparring.learning.learner import Learner
from sparring.learning.ppo_loss import STATISTICS, loss_gradients
from sparring.learning.progress import Progress, RunResult
from sparring.learning.publishing import finish_run
from sparring.learning.rollout import Rollout
from sparring.learning.runs import open_run

WORTH_SHARING = 12_000_000
"""Samples times weights of a gradient step from which on threads gain more than they wait for each other."""


class Diverged(SparringError):
    """The loss is no longer a number."""


def train(
    config: TrainConfig,
    on_update: Callable[[Progress], None] | None = None,
    stop: Event | None = None,
    resume: bool = False,
) -> RunResult:
    """Train a network by self-play and publish it as GAME/NAME in the registry.

    ``on_update`` is told how far the run has come after every update. When ``stop`` is set the run ends early, without
    publishing, and can go on later with ``resume``, as it can after being killed. Raises SparringError for a
    configuration that can't work.
    """
    game = game_of(config)
    with open_run(config, resume) as run, Crew(run.config.threads) as crew:
        config = run.config
        learner = Learner(game, config)
        run.restore(learner)
        run.checkpoint(learner)
        examiner = Examiner(game, run)
        progress = Progress.start(run.name, game, learner)
        status = "done"
        while progress.share(config) < 1:
            if stop is not None and stop.is_set():
                status = "stopped"
                break
            with progress.timing("play"):
                rollout = learner.play()
            try:
                with progress.timing("learn"):
                    metrics = update(learner, rollout, progress.share(config), crew)
            except Diverged as error:
                run.note(str(error))
                status = "diverged"
                break
            learner.finish_update()
            with progress.timing("examine"):
                metrics |= examiner.examine(learner, progress)
            progress.advance(learner, metrics)
            run.record(learner, metrics)
            if progress.checkpoint_is_due(config):
                run.checkpoint(learner)
            if on_update is not None:
                on_update(progress)
        return finish_run(run, learner, examiner, progress, status)


def update(learner: Learner, rollout: Rollout, share_done: float, crew: Crew) -> dict[str, float]:
    """Improve the network by one rollout; ``share_done`` of the run, 0 to 1, sets the step size and the entropy weight.

    Each minibatch is shared among the crew, and the gradients are put together. Returns the means of what happened over
    the gradient steps. Raises Diverged when the loss or a weight is no number.
    """
    config, network, optimiser = learner.config, learner.network, learner.optimiser
    entropy_weight = falling(config.entropy_weight, config.entropy_weight_end, share_done)
    learning_rate = falling(config.learning_rate, config.learning_rate_end, share_done)
    for group in optimiser.param_groups:
        group["lr"] = learning_rate
    advantages = estimate_advantages(rollout, config.discount, config.trace)
    samples = Samples(rollout, advantages)
    parameters = list(network.parameters())
    history = []

    def gradients(chosen: Tensor) -> tuple[tuple[Tensor, ...], NDArray[np.float64]]:
        logits, values = network(samples.observations[chosen])
        *of_outputs, statistics = samples.loss_gradients(logits, values, chosen, config, entropy_weight)
        return torch.autograd.grad([logits, values], parameters, of_outputs), statistics

    weights = sum(parameter.numel() for parameter in parameters)
    for chosen in samples.minibatches(config, learner.matches.noise):
        results = crew.share_out(gradients, chosen) if len(chosen) * weights >= WORTH_SHARING else [gradients(chosen)]
        statistics = np.mean([part for _, part in results], axis=0)
        if not np.isfinite(statistics).all():
            raise Diverged(f"The loss is no number at update {learner.update + 1}. Try a lower learning_rate.")
        for index, parameter in enumerate(parameters):
            parameter.grad = sum_of([part[index] for part, _ in results]) / len(results)
        norm = nn.utils.clip_grad_norm_(parameters, config.gradient_norm)
        optimiser.step()
        history.append([*statistics, float(norm)])
    if not all(torch.isfinite(parameter).all() for parameter in parameters):
        raise Diverged(f"The weights are no numbers after update {learner.update + 1}. Try a lower learning_rate.")
    means = np.mean(history, axis=0).tolist()
    explained = explained_variance(rollout.values[:-1], advantages)
    schedules = {"schedule/learning_rate": learning_rate, "schedule/entropy_weight": entropy_weight}
    names = (*STATISTICS, "gradient/norm")
    return {**dict(zip(names, means, strict=True)), "value/explained_variance": explained, **schedules}


def sum_of(tensors: list[Tensor]) -> Tensor:
    """The sum, in the order of the list: the same bytes every time."""
    total = tensors[0]
    for tensor in tensors[1:]:
        total = total + tensor
    return total


def estimate_advantages(rollout: Rollout, discount: float, trace: float) -> NDArray[np.float32]:
    """Generalised advantages (Schulman et al., 2016), float32 [T, R], with the sign of the seat that moves next.

    For whoever moves at step t, ``delta = reward + discount * sign * V(next) - V(now)``, where ``sign`` is -1 when the
    opponent is next; the advantage is ``delta + discount * trace * sign * advantage(next)``. Both end with the match.
    """
    advantages = np.zeros_like(rollout.rewards)
    following = np.zeros(rollout.rewards.shape[1], np.float32)
    for step in reversed(range(len(advantages))):
        onward = discount * rollout.signs[step] * ~rollout.over[step]
        delta = rollout.rewards[step] + onward * rollout.values[step + 1] - rollout.values[step]
        following = delta + trace * onward * following
        advantages[step] = following
    return advantages


class Samples:
    """The decisions of a rollout that the learner made itself, as tensors of length N; advantages are normalised."""

    def __init__(self, rollout: Rollout, advantages: NDArray[np.float32]) -> None:
        learned = torch.from_numpy(np.flatnonzero(rollout.learned))

        def flat(array: NDArray[np.generic]) -> Tensor:
            return torch.from_numpy(array.reshape(-1, *array.shape[2:]))[learned]

        self.observations = flat(rollout.observations)
        self.masks = flat(rollout.masks)
        self.actions = flat(rollout.actions)
        self.log_probabilities = flat(rollout.log_probabilities)
        self.returns = flat(advantages + rollout.values[:-1])
        self.advantages = normalised(flat(advantages))

    def loss_gradients(
        self, logits: Tensor, values: Tensor, chosen: Tensor, config: TrainConfig, entropy_weight: float
    ) -> tuple[Tensor, Tensor, NDArray[np.float64]]:
        """See ``ppo_loss``: gradients of logits and values of the samples ``chosen``, and its statistics."""
        of_logits, of_values, statistics = loss_gradients(
            logits.detach().numpy(),
            values.detach().numpy(),
            chosen.numpy(),
            self.masks.numpy(),
            self.actions.numpy(),
            self.log_probabilities.numpy(),
            self.advantages.numpy(),
            self.returns.numpy(),
            (config.clip, config.value_weight, entropy_weight),
        )
        return torch.from_numpy(of_logits), torch.from_numpy(of_values), statistics

    def minibatches(self, config: TrainConfig, chance: torch.Generator) -> Iterator[Tensor]:
        """Indices int64 [batch] of each gradient step; what is left over after an epoch is dropped."""
        count = len(self.actions)
        size = min(config.batch, count)
        for _ in range(config.epochs):
            order = torch.randperm(count, generator=chance)
            for first in range(0, count - size + 1, size):
                yield order[first : first + size]


def normalised(values: Tensor) -> Tensor:
    """With mean 0 and standard deviation 1."""
    return (values - values.mean()) / (values.std() + 1e-8)


def falling(start: float, end: float, share_done: float) -> float:
    """On the line from ``start`` to ``end``."""
    return start + (end - start) * min(1.0, share_done)


def explained_variance(values: NDArray[np.float32], advantages: NDArray[np.float32]) -> float:
    """1 when the values foretell the returns, 0 when a constant would do as well."""
    variance = float((values + advantages).var())
    return 1.0 - float(advantages.var()) / variance if variance > 0 else 0.0
