"""Formulas of ``expressions.py`` for whole arrays at once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sparring.errors import BadOption
from sparring.learning.configuration.expressions import Expression

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.FloorDiv: np.floor_divide,
    ast.Mod: np.mod,
    ast.Pow: np.power,
    ast.UAdd: np.positive,
    ast.USub: np.negative,
    ast.Not: np.logical_not,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": lambda *values: reduce(np.minimum, values),
    "max": lambda *values: reduce(np.maximum, values),
    "round": lambda number, digits=0.0: np.round(number, int(digits)),
    "abs": np.abs,
    "sin": np.sin,
    "cos": np.cos,
    "log": np.log,
    "exp": np.exp,
    "sqrt": np.sqrt,
}


def array_value(
    expression: Expression, variables: Mapping[str, Any], shape: tuple[int, ...], chance: np.random.Generator
) -> NDArray[np.float64]:
    """What an expression is worth where its names stand for arrays that fit ``shape``. Raises BadOption, as there.

    >>> array_value(Expression("a if a > 1 else -a"), {"a": np.array([1.0, 2.0])}, (2,), np.random.default_rng(0))
    array([-1.,  2.])
    """

    def of(node: Any) -> Any:
        match node:
            case ast.Constant():
                return np.float64(float(node.value))  # type: ignore[arg-type]
            case ast.Name() | ast.Attribute():
                return variables[ast.unparse(node).replace(".", "/")]
            case ast.BinOp():
                return _OPERATORS[type(node.op)](of(node.left), of(node.right))
            case ast.UnaryOp():
                return _OPERATORS[type(node.op)](of(node.operand)).astype(np.float64)
            case ast.IfExp():
                return np.where(of(node.test), of(node.body), of(node.orelse))
            case ast.BoolOp():
                combine = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
                return reduce(combine, map(of, node.values)).astype(np.float64)
            case ast.Compare():
                terms = [of(node.left), *map(of, node.comparators)]
                pairs = zip(node.ops, terms, terms[1:], strict=False)
                return reduce(np.logical_and, [_OPERATORS[type(op)](a, b) for op, a, b in pairs]).astype(np.float64)
            case _:
                if node.func.id in ("random", "normal"):
                    return chance.random(shape) if node.func.id == "random" else chance.normal(size=shape)
                return _FUNCTIONS[node.func.id](*map(of, node.args))

    with np.errstate(all="ignore"):
        value = np.asarray(of(expression.tree), np.float64)
    if not np.isfinite(value).all():
        raise BadOption(f"'{expression.text}' has no finite value in some step.")
    return value
