"""Search by a network: looking ahead in a tree, where a network says what is likely and what a position is worth.

``TreeSearch`` searches many positions at once and asks the network once for all of them; the player ``search:MODEL``
and the AlphaZero learner both use it. The algorithm stands in ``kernels/network_search.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sparring.agents.mcts import is_plain
from sparring.agents.network import model_file, read_options
from sparring.agents.onnx_network import OnnxNetwork, SeenGame
from sparring.agents.player import Reply, Turn
from sparring.agents.searcher import Searcher
from sparring.engine import Game, specialise
from sparring.errors import AgentFault, BadOption, SparringError

Evaluate: TypeAlias = Callable[[NDArray[Any]], tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Observations [K, *shape] -> logits float32 [K, A], values float32 [K] for the seat to move, a win being 1."""

_INTEGERS = ("nodes", "edges", "leaf", "left", "total", "considered", "kept", "passes", "picked", "level", "settled")
_TREE = np.dtype((np.record, np.dtype([(name, np.int32) for name in _INTEGERS])))
_PLACES = ("first", "count", "open", "tried", "ready", "visits", "most", "parent", "edge", "seat")
_AMOUNTS = ("value", "mass", "gain", "floor")
_NODE = np.dtype(
    (
        np.record,
        np.dtype(
            [("weighted", np.float64)]
            + [(name, np.int32) for name in _PLACES]
            + [(name, np.float32) for name in _AMOUNTS]
        ),
    )
)
_NUMBERS = [(name, np.float32) for name in ("average", "prior", "wanted")]
_COUNTS = [(name, np.int32) for name in ("visits", "action", "child", "settled")]
_EDGE = np.dtype((np.record, np.dtype(_NUMBERS + _COUNTS)))

_USUAL_BRANCHING = 48
"""Edges of a node for which there is room from the start."""


@dataclass
class Found:
    """What a search found in B positions."""

    actions: NDArray[np.int64]
    """int64 [B]: the choice."""
    policies: NDArray[np.float32]
    """float32 [B, A]: the improved policy, a target for the network."""
    values: NDArray[np.float32]
    """float32 [B]: what the position is worth under that policy, for the seat to move."""
    sure: NDArray[np.bool_]
    """bool [B]: that is proved."""


class TreeSearch:
    """Gumbel AlphaZero's search of many positions of one game, ``evaluate`` being asked once a round for all of them.

    ``considered``: how many actions compete at the root. ``visit_offset`` and ``value_scale``: a value, from -1 to 1,
    counts as ``(visit_offset + most visits) * value_scale`` against a logarithm of the prior. ``proofs``: what is sure
    to be won, drawn or lost counts as just that, and a search ends when its position is such. Raises SparringError for
    a game in which a node of a tree is no position.
    """

    def __init__(
        self,
        game: Game,
        evaluate: Evaluate,
        considered: int = 16,
        visit_offset: float = 50.0,
        value_scale: float = 0.5,
        proofs: bool = True,
    ) -> None:
        require_searchable(game)
        self.game, self.evaluate = game, evaluate
        self._considered = considered
        self._rates = (float(visit_offset), float(value_scale), float(game.forfeit), float(proofs))
        self._kernels = specialise(game, "sparring.agents.kernels.network_search")
        self._scratch = (
            np.zeros(game.num_actions, np.bool_),
            np.zeros(game.num_actions, np.int64),
            np.zeros(2, np.float32),
        )
        self._forest = _Forest(game)

    def __call__(self, states: NDArray[Any], simulations: Any, random: NDArray[np.uint32], noise: Any = 0.0) -> Found:
        """Search records [B] with ``simulations: int [B]`` (or one number); ``random: uint32 [B, 2]`` moves on.

        ``noise: float [B]`` (or one number) scales the Gumbel noise at the root: 0 takes what seems best, 1 draws.
        """
        size = len(states)
        budgets = np.broadcast_to(np.asarray(simulations, np.int64), size)
        chance = (np.broadcast_to(np.asarray(noise, np.float64), size).copy(), random)
        kernels, forest = self._kernels, self._forest
        forest.make_room(size, int(budgets.max(initial=0)) + 1)
        leaves = (np.zeros((size, *self.game.observation_shape), self.game.observation_dtype), np.zeros(size, np.int64))
        kernels.begin(forest.arrays, leaves, self._scratch, states, budgets.copy(), self._considered)
        waiting = size
        while waiting:
            answers = self.evaluate(leaves[0][:waiting])
            waiting, most = kernels.go_on(forest.arrays, leaves, self._scratch, answers, self._rates, chance)
            forest.make_room_for_edges(most)
        found = Found(
            np.zeros(size, np.int64),
            np.zeros((size, self.game.num_actions), np.float32),
            np.zeros(size, np.float32),
            np.zeros(size, np.bool_),
        )
        kernels.conclude(forest.arrays, self._rates, found.actions, found.policies, found.values, found.sure)
        return found

    def visits(self, size: int) -> NDArray[np.int32]:
        """How often the last search, of ``size`` positions, tried each action: int32 [size, A]."""
        _, nodes, edges, _ = self._forest.arrays
        visits = np.zeros((size, self.game.num_actions), np.int32)
        for row in range(size):
            own = edges[row, nodes[row, 0]["first"] :][: nodes[row, 0]["count"]]
            visits[row, own["action"]] = own["visits"]
        return visits

    def memory(self, simulations: int) -> int:
        """Bytes that a tree of so many simulations takes."""
        return (simulations + 1) * (_NODE.itemsize + self.game.state_dtype.itemsize) + _EDGE.itemsize * _room_for_edges(
            simulations + 1, self.game.num_actions
        )


def require_searchable(game: Game) -> None:
    """Raise SparringError for a game in which a node of a tree is no position."""
    if game.batched or not is_plain(game):
        raise SparringError(
            f"A network can't search {game.title}: that takes a game of two seats in turn, single choices, "
            "and neither chance nor hidden information."
        )


def _room_for_edges(nodes: int, actions: int) -> int:
    """What a tree of so many nodes usually needs, and the edges of one node more."""
    return nodes * min(actions, _USUAL_BRANCHING) + actions


class _Forest:
    """Room for trees, used by every search: ``arrays`` are trees [B], nodes [B, N], edges [B, E], states [B, N]."""

    def __init__(self, game: Game) -> None:
        self._actions, self._record = game.num_actions, game.state_dtype
        self.arrays: tuple[NDArray[Any], ...] = ()
        self._allocate(0, 0)

    def make_room(self, size: int, nodes: int) -> None:
        """For ``size`` trees of so many nodes, which are not kept."""
        if size > self.arrays[1].shape[0] or nodes > self.arrays[1].shape[1]:
            self._allocate(max(size, self.arrays[1].shape[0]), max(nodes, self.arrays[1].shape[1]))

    def make_room_for_edges(self, most: int) -> None:
        """For one more node in a tree that has ``most`` edges by now."""
        trees, nodes, edges, states = self.arrays
        if most + self._actions > edges.shape[1]:
            larger = np.empty((edges.shape[0], 2 * edges.shape[1]), _EDGE)
            larger[:, : edges.shape[1]] = edges
            self.arrays = (trees, nodes, larger, states)

    def _allocate(self, size: int, nodes: int) -> None:
        edges = _room_for_edges(nodes, self._actions)
        self.arrays = (
            np.empty(size, _TREE),
            np.empty((size, nodes), _NODE),
            np.empty((size, edges), _EDGE),
            np.empty((size, nodes), self._record),
        )


OPTIONS = {"simulations": 200.0, "considered": 16.0, "temperature": 0.0, "plies": 1_000_000.0, "views": 1.0}
"""``simulations`` a move; ``considered``: actions that compete at the root; ``temperature``: scale of the Gumbel noise
by which they are drawn, 0 for none, 1 to draw from the policy; ``plies``: draw in so many plies of a match only;
``views``: in how many of the ways that are alike by the game's rules the network sees each position."""

_AT_ONCE = 128
_MEMORY = 2**28
"""Trees that are searched at once, and bytes that they may take: what a processor can keep near."""


class NetworkSearchPlayer(Searcher):
    """Searches with a network's policy and value: ``search:connect_four/ada@3,simulations=200``, or the path of a file.

    Its network has two outputs, logits [B, A] and values [B] for the seat to move. Raises UnknownName, BadOption, and
    SparringError for a network or a game that won't do.
    """

    def __init__(self, argument: str, game: Game, seed: int = 0) -> None:
        name, options = read_options(argument, OPTIONS)
        simulations, considered = _whole(options, "simulations"), _whole(options, "considered")
        require_searchable(game)
        file = Path(name) if name.endswith(".onnx") else model_file(name, game)
        if not file.is_file():
            raise SparringError(
                f"There is no file {file}. Give a model, GAME/NAME@VERSION, or the path of an ONNX network."
            )
        trees = TreeSearch(game, _seen_so(PolicyValueNetwork(file, game), game, _whole(options, "views")), considered)
        at_once = max(1, min(_AT_ONCE, _MEMORY // trees.memory(simulations)))

        def search(
            states: NDArray[Any],
            seats: NDArray[np.int8],  # noqa: ARG001
            masks: NDArray[np.bool_],  # noqa: ARG001
            random: NDArray[np.uint32],
            actions: NDArray[np.int64],
        ) -> None:
            noise = np.where(states["ply"] < options["plies"], options["temperature"], 0.0)
            for first in range(0, len(states), at_once):
                rows = slice(first, first + at_once)
                found = trees(states[rows], simulations, random[rows], noise[rows])
                actions[rows] = found.actions
                self._senseless += (first + np.flatnonzero(np.isnan(found.policies).any(axis=1))).tolist()

        super().__init__(game, search, seed)
        self._senseless: list[int] = []

    def act(self, turn: Turn) -> Reply:
        self._senseless.clear()
        reply = super().act(turn)
        for row in self._senseless:
            reply.faults[row] = AgentFault("crash", "The network answered with something that is no number.")
        return reply


class PolicyValueNetwork(OnnxNetwork):
    """An ONNX network whose second output is what a position is worth, [B] or [B, 1]; call it with observations."""

    def __call__(self, observations: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Observations dtype [B, *shape] -> logits float32 [B, A], values float32 [B]."""
        logits, values = self._session.run(self._outputs, {self._input: self._shaped(observations)})
        return logits, values.reshape(-1)

    def _check(self, file: str, game: SeenGame) -> None:
        super()._check(file, game)
        self._outputs = [output.name for output in self._session.get_outputs()[:2]]
        if len(self._outputs) < 2:
            raise SparringError(f"{file} says no values: a search needs a network with two outputs, logits and values.")
        if self(np.zeros((2, *game.observation_shape), game.observation_dtype))[1].shape != (2,):
            raise SparringError(
                f"{file} answers several values for a position; a search needs one, for the seat to move."
            )


def _seen_so(network: PolicyValueNetwork, game: Game, views: int) -> Evaluate:
    """The network's mean opinion over so many ways to look at a position. Raises BadOption for more than there are."""
    if views == 1:
        return network
    symmetries, most = game.symmetries, 1 if game.symmetries is None else len(game.symmetries)
    if symmetries is None or views > most:
        raise BadOption(f"search:views can't be '{views}'; {game.title} can be looked at in {most}, 1..{most}.")

    def evaluate(observations: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        count = len(observations)
        logits, values = network(symmetries.observed(observations, np.repeat(np.arange(views), count)))
        places = symmetries.called(
            np.tile(np.arange(game.num_actions), views), np.arange(views).repeat(game.num_actions)
        )
        own = np.take_along_axis(logits.reshape(views, count, -1), places.reshape(views, 1, game.num_actions), axis=2)
        return own.mean(axis=0), values.reshape(views, count).mean(axis=0)

    return evaluate


def _whole(options: dict[str, float], name: str) -> int:
    """An option that is a number of things. Raises BadOption."""
    number = options[name]
    if number != int(number) or not 1 <= number <= 1_000_000:
        raise BadOption(f"search:{name} can't be '{number:g}'; it is a whole number in 1..1000000.")
    return int(number)
