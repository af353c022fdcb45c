"""Environments that Gymnasium steps for many matches in one call, and whose state is a plain array.

Where that is so, the record holds the state itself, and a step of a batch is one call: CartPole in a batch of 512 is
then stepped more than ten times as fast as with one environment a match. The matches are the same, bit for bit;
``agrees`` looks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparring.games.chance import next_word
from sparring.games.outside.simulation import Shape, SimulatedRules, Simulation

CARTPOLE = "gymnasium.envs.classic_control.cartpole"
KNOWN = {f"{CARTPOLE}:CartPoleEnv": f"{CARTPOLE}:CartPoleVectorEnv"}
"""Environment -> vectorised form, both of which have their whole state in the array ``state``: [K] and [K, N]."""

FEWEST = 8
"""Rows are filled up to a power of two, so that every row meets the same instructions wherever it stands."""

TRIED = 256
"""Steps that are compared before the vectorised form is trusted."""


class Steps(NamedTuple):
    """What a step of N matches led to."""

    states: NDArray[np.float64]
    """float64 [N, K]."""
    seen: NDArray[Any]
    """dtype [N, *shape]."""
    rewards: NDArray[np.float32]
    """float32 [N]."""
    terminated: NDArray[np.bool_]
    """bool [N]."""


class Stepper:
    """``environment`` for starts and its vectorised form, in as many sizes as are asked for, for steps.

    Any number of threads may call it.
    """

    def __init__(self, environment: Any) -> None:
        self._environment = environment
        self._sizes: dict[int, Any] = {}
        self._lock = threading.Lock()

    def start(self, seed: int) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """State, float64 [K], and first observation of the match that belongs to ``seed``."""
        with self._lock:
            seen, _ = self._environment.reset(seed=seed)
            return self._environment.unwrapped.state, seen

    def step(self, states: NDArray[np.float64], actions: NDArray[Any]) -> Steps:
        """One step of each row; ``states``: float64 [N, K]."""
        rows = len(states)
        size = max(FEWEST, 1 << (rows - 1).bit_length())
        chosen = np.arange(size) % rows
        with self._lock:
            environment = self._of_size(size)
            environment.state = np.ascontiguousarray(states[chosen].T)
            environment.steps[:], environment.prev_done[:] = 0, False
            seen, rewards, terminated, _, _ = environment.step(actions[chosen])
            return Steps(environment.state.T[:rows], seen[:rows], rewards[:rows], terminated[:rows])

    def _of_size(self, size: int) -> Any:
        if size not in self._sizes:
            import gymnasium

            made = gymnasium.make_vec(
                self._environment.spec.id, size, vectorization_mode="vector_entry_point"
            ).unwrapped
            made.reset(seed=0)
            self._sizes[size] = made
        return self._sizes[size]


def stepper_for(environment: Any) -> Stepper | None:
    """What steps many matches of ``environment`` at once, if there is such a thing and it does the very same."""
    spec = environment.spec
    known = spec is not None and KNOWN.get(spec.entry_point)
    if not known or known != spec.vector_entry_point or spec.kwargs or spec.additional_wrappers:
        return None
    stepper = Stepper(environment)
    return stepper if agrees(stepper, environment) else None


def agrees(stepper: Stepper, environment: Any) -> bool:
    """Whether ``TRIED`` random steps lead to the same bytes one by one and all at once."""
    random = np.random.default_rng(0)
    before, taken, alone = [], [], []
    over = True
    for number in range(TRIED):
        if over:
            environment.reset(seed=number)
        before.append(environment.unwrapped.state.copy())
        taken.append(int(random.integers(environment.action_space.n)))
        seen, reward, over, truncated, _ = environment.step(taken[-1])
        alone.append((environment.unwrapped.state.copy(), seen, np.float32(reward), np.bool_(over)))
        over = over or truncated
    together = stepper.step(np.array(before), np.array(taken))
    return all(
        np.asarray(one).tobytes() == np.asarray(other).tobytes()
        for row, expected in enumerate(alone)
        for one, other in zip(expected, (part[row] for part in together), strict=True)
    )


class VectorisedRules(SimulatedRules):
    """The rules of an environment that ``stepper`` steps."""

    def __init__(
        self,
        title: str,
        about: str,
        shape: Shape,
        make: Callable[[bool], Simulation],
        stepper: Stepper,
    ) -> None:
        super().__init__(title, about, shape, make)
        self._stepper, self._width = stepper, len(stepper.start(0)[0])

    def layout(self, steps: int, forfeit: int) -> dict[str, Any]:
        found = super().layout(steps, forfeit)
        kept = [field for field in found["state"] if field[0] != "_place"]
        return found | {"state": [*kept, ("_state", np.float64, (self._width,))]}

    def start(self, states: Any) -> None:
        fields = states.view(np.ndarray)
        fields["_masks"] = True
        for row, random in enumerate(fields["random"]):
            seed = int(next_word(random) >> 1)
            fields["environment_seed"][row] = seed
            fields["_state"][row], fields["_observations"][row, 0] = self._stepper.start(seed)

    def play(self, states: Any, actions: NDArray[Any]) -> None:
        fields = states.view(np.ndarray)
        history, plies = fields["_history"], fields["ply"]
        history[np.arange(len(fields)), plies] = actions
        after = self._stepper.step(fields["_state"], actions)
        fields["_state"], fields["_observations"][:, 0], fields["rewards"][:, 0] = after[:3]
        fields["scores"] += fields["rewards"]
        fields["truncated"] = ~after.terminated & (plies + 1 >= min(history.shape[1], self.shape.steps))
        fields["over"] = after.terminated | (fields["truncated"] == 1)
