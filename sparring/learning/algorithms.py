"""The algorithms by name: ours, and those that other packages bring by the entry-point group `sparring.algorithms`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from sparring.errors import SparringError, UnknownName
from sparring.learning.learner import Learner

OURS = {
    "alphazero": "sparring.learning.alphazero:AlphaZero",
    "behaviour_cloning": "sparring.learning.behaviour_cloning:BehaviourCloning",
    "cfr": "sparring.learning.cfr:CFR",
    "cql": "sparring.learning.cql:CQL",
    "dqn": "sparring.learning.dqn:DQN",
    "nfsp": "sparring.learning.nfsp:NFSP",
    "ppo": "sparring.learning.ppo:PPO",
    "psro": "sparring.learning.psro:PSRO",
    "q_learning": "sparring.learning.q_learning:QLearning",
    "reinforce": "sparring.learning.reinforce:Reinforce",
    "sac": "sparring.learning.sac:SAC",
    "ruql": "sparring.learning.ruql:RUQL",
}
GROUP = "sparring.algorithms"


def algorithm_names() -> list[str]:
    """All algorithms that can be named here."""
    return sorted({*OURS, *_theirs()})


def algorithm(name: str) -> type[Learner]:
    """The class behind a name. Raises UnknownName, or SparringError where a package's algorithm can't be loaded."""
    if name in OURS:
        module, _, attribute = OURS[name].partition(":")
        found = getattr(import_module(module), attribute)
    elif name in _theirs():
        try:
            found = _theirs()[name].load()
        except Exception as error:
            raise SparringError(f"The algorithm {name} can't be loaded ({type(error).__name__}: {error}).") from error
    else:
        raise UnknownName("algorithm", name, algorithm_names())
    if not (isinstance(found, type) and issubclass(found, Learner)):
        raise SparringError(f"The algorithm {name} is no subclass of sparring.learning.learner.Learner.")
    return found


@cache
def _theirs() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}
