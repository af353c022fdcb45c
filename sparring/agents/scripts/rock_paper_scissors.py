"""Scripts of repeated rock-paper-scissors: habits, and two that look for habits."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sparring.agents.scripts.sight import Script, Sight

Rounds: TypeAlias = NDArray[np.int64]
"""int64 [rounds, 2]: the throws so far, own first."""

ROCK = 0
NOTHING = 9


def always_rock(sight: Sight) -> int:  # noqa: ARG001
    """Good old rock."""
    return ROCK


def cycle(sight: Sight) -> int:
    """Rock, paper, scissors, rock, paper, scissors."""
    return len(rounds_so_far(sight)) % 3


def copycat(sight: Sight) -> int:
    """What the opponent threw last."""
    rounds = rounds_so_far(sight)
    return int(rounds[-1, 1]) if len(rounds) else int(sight.random.integers(3))


def frequency(sight: Sight) -> int:
    """Beats what the opponent has thrown most often."""
    return beat(most_frequent(rounds_so_far(sight)[:, 1], sight.random))


def markov(sight: Sight) -> int:
    """Beats what the opponent has thrown most often after rounds like the last one."""
    rounds = rounds_so_far(sight)
    if len(rounds) < 2:
        return int(sight.random.integers(3))
    like_the_last = np.flatnonzero((rounds[:-1] == rounds[-1]).all(axis=1))
    followed = rounds[like_the_last + 1, 1] if len(like_the_last) else rounds[:, 1]
    return beat(most_frequent(followed, sight.random))


SCRIPTS: dict[str, Script] = {
    "always-rock": always_rock,
    "cycle": cycle,
    "copycat": copycat,
    "frequency": frequency,
    "markov": markov,
}


def rounds_so_far(sight: Sight) -> Rounds:
    """All rounds of the match, noted one by one from the last row of the observation."""
    noted: list[tuple[int, int]] = sight.memory.setdefault("rounds", [])
    code = int(sight.observation[-1].argmax())
    if code != NOTHING:
        noted.append(divmod(code, 3))
    return np.array(noted, np.int64).reshape(-1, 2)


def beat(throw: int) -> int:
    """The throw that beats this one.

    >>> [beat(throw) for throw in (0, 1, 2)]
    [1, 2, 0]
    """
    return (throw + 1) % 3


def most_frequent(throws: NDArray[np.int64], random: np.random.Generator) -> int:
    """The throw seen most often, by lot among equals."""
    counts = np.bincount(throws, minlength=3)
    return int(random.choice(np.flatnonzero(counts == counts.max())))
