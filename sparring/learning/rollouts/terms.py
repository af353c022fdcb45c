"""Terms of the reward that a run's configuration adds to the game's own: formulas of what a step led to.

A formula knows

- ``reward``: the game's own reward of the seat; ``over``: 1 when the match has ended; ``ply``; ``t`` and ``done``: the
  moment of the run;
- ``own.FIELD`` and ``other.FIELD``: what a field of the record with one number a seat says for the seat, and for the
  other seats on average; ``FIELD``: a field with one number;
- ``own.estimate`` and ``other.estimate``: what the position is worth by the game's own evaluation, where it has one;
- ``before.own.FIELD`` and so on: the same before the step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.agents.searcher import has_evaluation
from sparring.engine import Game
from sparring.engine.specialise import specialise
from sparring.errors import BadOption
from sparring.learning.configuration import Moment
from sparring.learning.configuration.array_expressions import array_value
from sparring.learning.configuration.expressions import Expression
from sparring.learning.configuration.play import RewardSettings

OF_A_STEP = ("reward", "over", "ply", "t", "done")
ESTIMATE = "estimate"


class Terms:
    """The reward of a run where it is not the game's own."""

    def __init__(self, game: Game, settings: RewardSettings) -> None:
        self.game, self.settings = game, settings
        self._formulas = {name: Expression(term.value) for name, term in settings.terms.items()}
        known = {*OF_A_STEP, *fields_of(game)}
        for name, formula in self._formulas.items():
            unknown = sorted(formula.names - known)
            if unknown:
                written = ", ".join(sorted(name.replace("/", ".") for name in known))
                raise BadOption(
                    f"The term {name} speaks of {unknown[0].replace('/', '.')}, which a step of {game.title} doesn't "
                    f"have. Known: {written}."
                )
        self.sums: dict[str, float] = {}
        self.steps = 0
        self._chance = np.random.default_rng(0)

    def rewards(
        self, own: NDArray[np.float32], before: NDArray[Any], after: NDArray[Any], over: NDArray[np.bool_], at: Moment
    ) -> NDArray[np.float32]:
        """Rewards float32 [M, S] of a step that led from records ``before: [M]`` to ``after``; ``own``: the game's."""
        total = self.settings.game.at(at) * own.astype(np.float64)
        of_step = {
            "reward": own.astype(np.float64),
            "over": over[:, None].astype(np.float64),
            "ply": before["ply"][:, None] + 1.0,
            "t": np.float64(at.update),
            "done": np.float64(at.done),
        }
        for name, formula in self._formulas.items():
            fields = {field: self._field(field, before, after) for field in formula.names - set(of_step)}
            found = np.broadcast_to(array_value(formula, {**of_step, **fields}, own.shape, self._chance), own.shape)
            self.sums[name] = self.sums.get(name, 0.0) + float(found.mean())
            total += self.settings.terms[name].weight.at(at) * found
        self.steps += 1
        return total.astype(np.float32)

    def metrics(self) -> dict[str, float]:
        """The mean of each term, unweighted, since this was last asked."""
        means = {f"reward/{name}": total / max(1, self.steps) for name, total in self.sums.items()}
        self.sums, self.steps = {}, 0
        return means

    def _field(self, name: str, before: NDArray[Any], after: NDArray[Any]) -> NDArray[np.float64]:
        """float64 [M, 1] or [M, S]: what a field says to each seat."""
        path = name.split("/")
        records = before if path[0] == "before" else after
        values = self._estimates(records) if path[-1] == ESTIMATE else np.asarray(records[path[-1]], np.float64)
        if "other" in path:
            return np.asarray((values.sum(axis=1, keepdims=True) - values) / (self.game.seats - 1))
        return values if "own" in path else values[:, None]

    def _estimates(self, records: NDArray[Any]) -> NDArray[np.float64]:
        """float64 [M, S]: what the game's evaluation says."""
        worth = np.zeros((len(records), self.game.seats))
        specialise(self.game, "sparring.engine.kernels.estimating").evaluate_all(records.view(np.ndarray), worth)
        return worth


def fields_of(game: Game) -> list[str]:
    """The names of a record's numbers, as formulas have them, with ``/`` for a dot."""
    found = []
    for field in game.state_dtype.names or ():
        shape = game.state_dtype[field].shape
        if field == "random" or field.startswith("_") or field == "ply":
            continue
        if shape == ():
            found.append(field)
        elif shape == (game.seats,) and game.seats > 1:
            found += [f"own/{field}", f"other/{field}"]
    if not game.batched and has_evaluation(game):
        found += [f"own/{ESTIMATE}", f"other/{ESTIMATE}"]
    return found + [f"before/{name}" for name in found]
