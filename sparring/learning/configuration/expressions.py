"""A small, safe language for numbers that change: arithmetic, comparisons, if-else, a few functions, nothing else."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sparring.errors import BadOption

LONGEST = 500
DEEPEST = 60
"""How many brackets, signs and calls may stand in each other."""

_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: math.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "round": lambda number, digits=0.0: float(round(number, int(digits))),
    "abs": abs,
    "sin": math.sin,
    "cos": math.cos,
    "log": math.log,
    "exp": math.exp,
    "sqrt": math.sqrt,
}
_DRAWS = ("random", "normal")
_ARGUMENTS = {"min": (2, 99), "max": (2, 99), "round": (1, 2), "random": (0, 0), "normal": (0, 0)}
"""The fewest and the most that a function takes; those that are not here take one."""


class Expression:
    """A formula such as ``max(0.1, 0.3 - t / 1000) if done < 0.5 else 0.1``.

    It knows ``+ - * / // % **``, comparisons, ``and or not``, ``a if b else c``, the functions min, max, round, abs,
    sin, cos, log, exp, sqrt, and ``random()`` (uniform in 0..1) and ``normal()``. A name with dots, ``probe.share``,
    stands for the metric ``probe/share``. Raises BadOption for anything else.

    >>> Expression("1 - t / 4 if t < 4 else 0").value({"t": 1.0})
    0.75
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > LONGEST:
            raise BadOption(f"An expression has at most {LONGEST} characters; this one has {len(text)}.")
        try:
            self.tree: ast.expr = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise BadOption(f"'{text}' is no expression. Write arithmetic, such as 0.3 - t / 1000.") from None
        self.names: set[str] = set()
        """The variables it speaks of."""
        self._check(self.tree, DEEPEST)

    def value(self, variables: Mapping[str, float], chance: np.random.Generator | None = None) -> float:
        """Its value where the names are worth ``variables``. Raises BadOption when there is none, as in 1 / 0."""
        missing = sorted(self.names - set(variables))
        if missing:
            known = ", ".join(sorted(variables))
            raise BadOption(f"'{self.text}' speaks of {missing[0]}, which isn't known here. Known: {known}.")
        try:
            result = float(self._evaluate(self.tree, variables, chance or np.random.default_rng(0)))
        except (ArithmeticError, ValueError) as error:
            raise BadOption(f"'{self.text}' has no value here ({error}).") from None
        if not math.isfinite(result):
            raise BadOption(f"'{self.text}' is {result} here, not a finite number.")
        return result

    def _check(self, node: ast.AST, depth: int) -> None:
        """Refuse everything that is not in the language, and collect the names."""
        if depth == 0:
            raise BadOption(f"'{self.text}' is nested too deeply.")
        if isinstance(node, ast.Name | ast.Attribute):
            self.names.add(self._name(node, depth))
            return
        if isinstance(node, ast.Call):
            self._check_call(node)
            children: list[ast.AST] = list(node.args)
        elif isinstance(node, ast.Constant):
            if not isinstance(node.value, int | float) or abs(node.value) > 1e300:
                raise BadOption(f"'{self.text}' holds {node.value!r}; only numbers are allowed.")
            return
        elif isinstance(node, ast.BinOp | ast.UnaryOp | ast.BoolOp | ast.Compare | ast.IfExp):
            children = list(ast.iter_child_nodes(node))
        elif type(node) in _OPERATORS or isinstance(node, ast.And | ast.Or):
            return
        else:
            raise BadOption(f"'{self.text}' holds something that is no arithmetic.")
        for child in children:
            self._check(child, depth - 1)

    def _check_call(self, node: ast.Call) -> None:
        known = sorted([*_FUNCTIONS, *_DRAWS])
        if not isinstance(node.func, ast.Name) or node.func.id not in known or node.keywords:
            raise BadOption(f"'{self.text}' calls something unknown. Functions: {', '.join(known)}.")
        fewest, most = _ARGUMENTS.get(node.func.id, (1, 1))
        if not fewest <= len(node.args) <= most:
            takes = f"{fewest}" if fewest == most else f"{fewest} or more"
            raise BadOption(f"'{self.text}' gives {node.func.id} {len(node.args)} numbers; it takes {takes}.")

    def _name(self, node: ast.AST, depth: int = DEEPEST) -> str:
        if isinstance(node, ast.Attribute) and depth:
            return f"{self._name(node.value, depth - 1)}/{node.attr}"
        if not isinstance(node, ast.Name):
            raise BadOption(f"'{self.text}' holds something that is no arithmetic.")
        return node.id

    def _evaluate(self, node: Any, variables: Mapping[str, float], chance: np.random.Generator) -> float:
        def of(child: Any) -> float:
            return self._evaluate(child, variables, chance)

        match node:
            case ast.Constant():
                return float(node.value)  # type: ignore[arg-type]
            case ast.Name() | ast.Attribute():
                return variables[self._name(node)]
            case ast.BinOp():
                return _OPERATORS[type(node.op)](of(node.left), of(node.right))
            case ast.UnaryOp():
                return _OPERATORS[type(node.op)](of(node.operand))
            case ast.IfExp():
                return of(node.body) if of(node.test) else of(node.orelse)
            case ast.BoolOp():
                want_all = isinstance(node.op, ast.And)
                return float((all if want_all else any)(of(value) for value in node.values))
            case ast.Compare():
                terms = [of(node.left), *map(of, node.comparators)]
                pairs = zip(node.ops, terms, terms[1:], strict=False)
                return float(all(_OPERATORS[type(op)](left, right) for op, left, right in pairs))
            case _:
                if node.func.id in _DRAWS:
                    return float(getattr(chance, node.func.id)())
                return _FUNCTIONS[node.func.id](*map(of, node.args))
