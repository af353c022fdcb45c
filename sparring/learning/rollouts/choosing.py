"""Actions drawn from what a network says: head by head under the masks, or from normal distributions in a box."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray
from torch import Tensor, nn

from sparring.engine import Game
from sparring.engine.kernels.choosing import allowed
from sparring.games.chance import next_word
from sparring.learning.networks import PolicyValueNetwork
from sparring.learning.networks.chain_network import NetworkForm
from sparring.learning.networks.exponential import exponential
from sparring.learning.networks.heads import DeepHeads, LinearHeads
from sparring.learning.opponents.actors import Actor, RememberingActor, SamplingActor
from sparring.learning.opponents.learned import ActorOf
from sparring.learning.ppo_loss import HALF_LOG_TWO_PI

NO_TABLE = np.zeros((0, 0), np.float32)


class Chosen(NamedTuple):
    """Decisions in R rows."""

    actions: NDArray[Any]
    """int64 [R, H]; or float32 [R, n] in shares of the box, where -1 is its low end and 1 its high end, and beyond."""
    log_probabilities: NDArray[np.float32]
    """float32 [R]."""
    values: NDArray[np.float32]
    """float32 [R]."""
    memory: NDArray[np.float32] | None
    """float32 [R, 2 W]: what is remembered from now on."""


class Seen(NamedTuple):
    """What a network is shown in R rows."""

    observations: Tensor
    """[R, ...]."""
    others: Tensor | None = None
    """[R, S - 1, ...]: for a privileged critic."""
    memory: Tensor | None = None
    """float32 [R, 2 W]; None: nothing is remembered."""


def choose(
    network: NetworkForm,
    game: Game,
    seen: Seen,
    masks: NDArray[np.bool_],
    random: NDArray[np.uint32],
    greedy: NDArray[np.bool_],
) -> Chosen:
    """Draw from the policy of ``network``, or take its best action where ``greedy: bool [R]``.

    ``random: uint32 [R, 2]`` moves on.
    """
    with torch.inference_mode():
        look = network.look(*seen)
        values, memory = look.values.numpy(), None if look.memory is None else look.memory.numpy()
        rows = len(masks)
        log_probabilities = np.zeros(rows, np.float32)
        if game.action_kind == "box":
            points = np.zeros((rows, *game.action_shape), np.float32)
            draw_points(network.said(look.features).numpy(), greedy, random, points, log_probabilities)
            return Chosen(points, log_probabilities, values, memory)
        actions = np.zeros((rows, len(game.heads)), np.int64)
        space = game.actions.starts, game.actions.together
        if isinstance(network.policy, DeepHeads):
            _choose_in_turn(network.policy, look.features, space, masks, (greedy, random, actions, log_probabilities))
        else:
            table = NO_TABLE
            if isinstance(network.policy, LinearHeads) and network.policy.autoregressive:
                table = network.policy.table().numpy()
            logits = network.said(look.features).numpy()
            heads = 0, len(game.heads)
            draw_choices(logits, masks, *space, table, heads, (greedy, random), actions, log_probabilities)
    return Chosen(actions, log_probabilities, values, memory)


def actor_for(game: Game) -> ActorOf:
    """What makes an opponent of a network: it draws from the network's policy, or takes its best actions.

    What a network with a memory has seen is its own in each match and seat, and begins empty.
    """

    def actor_of(network: nn.Module) -> Actor:
        assert isinstance(network, PolicyValueNetwork)

        def remembering(
            observations: NDArray[Any],
            masks: NDArray[np.bool_],
            chance: np.random.Generator,
            deterministic: NDArray[np.bool_],
            memory: NDArray[np.float32],
        ) -> tuple[NDArray[Any], NDArray[np.float32]]:
            words = chance.integers(2**32, size=(len(masks), 2), dtype=np.uint32)
            seen = Seen(torch.from_numpy(observations), None, torch.from_numpy(memory) if memory.shape[1] else None)
            chosen = choose(network, game, seen, masks, words, deterministic)
            return as_played(chosen.actions, game), memory if chosen.memory is None else chosen.memory

        def sample(
            observations: NDArray[Any],
            masks: NDArray[np.bool_],
            chance: np.random.Generator,
            deterministic: NDArray[np.bool_],
        ) -> NDArray[Any]:
            return remembering(observations, masks, chance, deterministic, np.zeros((len(masks), 0), np.float32))[0]

        if network.memory is None:
            return SamplingActor(sample)
        return RememberingActor(remembering, game.seats, 2 * network.memory.hidden_size)

    return actor_of


def _choose_in_turn(
    policy: DeepHeads,
    features: Tensor,
    space: tuple[NDArray[np.int64], NDArray[np.bool_]],
    masks: NDArray[np.bool_],
    draws: tuple[NDArray[np.bool_], NDArray[np.uint32], NDArray[np.int64], NDArray[np.float32]],
) -> None:
    """Ask one head after the other."""
    greedy, random, actions, log_probabilities = draws
    logits = np.zeros(masks.shape, np.float32)
    chosen = torch.zeros(masks.shape)
    rows, starts = torch.arange(len(masks)), space[0]
    for head in range(len(policy.sizes)):
        logits[:, starts[head] : starts[head + 1]] = policy.logits_of(head, features, chosen).numpy()
        draw_choices(logits, masks, *space, NO_TABLE, (head, head + 1), (greedy, random), actions, log_probabilities)
        chosen[rows, torch.from_numpy(actions[:, head]) + int(starts[head])] = 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def draw_choices(
    logits: NDArray[np.float32],
    masks: NDArray[np.bool_],
    starts: NDArray[np.int64],
    together: NDArray[np.bool_],
    table: NDArray[np.float32],
    heads: tuple[int, int],
    chance: tuple[Any, Any],
    actions: NDArray[np.int64],
    log_probabilities: NDArray[np.float32],
) -> None:
    """Draw the choices of some heads, from the first up to the last, and add to the log-probabilities.

    ``table: float32 [L, L]``, or empty: what is added to a logit for a choice of an earlier head.
    """
    greedy, random = chance
    legal = np.zeros(masks.shape[1], np.bool_)
    weights = np.zeros(masks.shape[1], np.float32)
    for row in range(masks.shape[0]):
        mask, action, said = masks[row], actions[row], logits[row]
        for head in range(heads[0], heads[1]):
            first, last = starts[head], starts[head + 1]
            highest, best = -np.inf, first
            for j in range(first, last):
                legal[j] = mask[j] if together.size == 0 else allowed(mask, starts, together, action, head, j - first)
                if table.size > 0:
                    for earlier in range(head):
                        said[j] += table[j, starts[earlier] + action[earlier]]
                if legal[j] and (said[j] > highest or not legal[best]):
                    highest, best = said[j], j
            total = 0.0
            for j in range(first, last):
                if legal[j]:
                    weights[j] = exponential(np.float32(said[j] - highest))
                    total += weights[j]
            if not greedy[row]:
                left = next_word(random[row]) / 4294967296.0 * total
                for j in range(first, last):
                    if legal[j]:
                        left -= weights[j]
                        if left < 0:
                            best = j
                            break
            action[head] = best - first
            log_probabilities[row] += said[best] - highest - np.log(total)


@njit(cache=True, nogil=True, error_model="numpy")
def draw_points(
    normals: NDArray[np.float32],
    greedy: NDArray[np.bool_],
    random: NDArray[np.uint32],
    points: NDArray[np.float32],
    log_probabilities: NDArray[np.float32],
) -> None:
    """Draw points from ``normals: float32 [R, 2n]``, means and logarithms of deviations (Box and Muller, 1958)."""
    size = points.shape[1]
    for row in range(points.shape[0]):
        for place in range(size):
            offset = 0.0
            if not greedy[row]:
                radius = np.sqrt(-2.0 * np.log((next_word(random[row]) + 0.5) / 4294967296.0))
                offset = radius * np.cos(2.0 * np.pi * next_word(random[row]) / 4294967296.0)
            log_deviation = normals[row, size + place]
            points[row, place] = normals[row, place] + offset * np.exp(log_deviation)
            log_probabilities[row] -= 0.5 * offset * offset + log_deviation + HALF_LOG_TWO_PI


def as_played(actions: NDArray[Any], game: Game) -> NDArray[Any]:
    """Actions [R, *action_shape] as the game takes them; what lies beyond its box is brought back to its border."""
    if game.low is None or game.high is None:
        return actions.reshape(len(actions), *game.action_shape)
    middle, reach = (game.high + game.low) / 2, (game.high - game.low) / 2
    points: NDArray[np.float32] = np.clip(middle + reach * np.clip(actions, -1.0, 1.0), game.low, game.high)
    return points.astype(np.float32)
