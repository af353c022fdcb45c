"""What a budget means for an agent before it plays: who can be held to it, and how many simulations it gets."""

from __future__ import annotations

import re
from dataclasses import replace

from sparring.agents.spec import Spec
from sparring.errors import BadOption, SparringError
from sparring.sandbox.instructions import why_uncountable
from sparring.sandbox.limits import BUDGETS, Limits

SIMULATIONS = re.compile(r"(?:(?<=[,:])|^)simulations=(\d+)")
SEARCH_BY_DEFAULT = 200


def check_limits(limits: Limits) -> Limits:
    """``limits`` if they make sense and this host can keep to them. Raises BadOption, or SparringError of this host."""
    if limits.budget not in BUDGETS:
        raise BadOption(f"There is no budget '{limits.budget}'; a budget is {', '.join(BUDGETS)}.")
    if limits.move_seconds <= 0 or limits.bank_seconds < 0 or (limits.first_move_seconds or 0.0) < 0:
        raise BadOption("A move has more than 0 seconds, and a bank no less than 0.")
    if limits.simulations < 1:
        raise BadOption(f"A move has at least 1 simulation, not {limits.simulations}.")
    reason = why_uncountable() if limits.budget == "instructions" else None
    if reason is not None:
        raise SparringError(reason)
    return limits


def within(spec: Spec, limits: Limits, driver: str) -> Spec:
    """The agent as it may play under ``limits``. Raises SparringError where nobody could hold it to them.

    Where simulations are the budget, an agent that searches with more of them searches with as many as are allowed;
    other agents of the house play as they are.
    """
    check_limits(limits)
    if limits.budget == "simulations":
        if spec.is_code or spec.kind == "http":
            raise SparringError(
                f"{spec.text} can't be held to a number of simulations: only agents of the house and models can. "
                "Choose the budget cpu or wall."
            )
        return _capped(spec, limits.simulations)
    if limits.budget in ("cpu", "instructions") and spec.kind == "http":
        raise SparringError(f"Nobody can count what {spec.text} uses on its own machine. Choose the budget wall.")
    if limits.budget == "instructions" and spec.is_code and driver == "trusted":
        raise SparringError(f"Instructions are counted in a sandbox: play {spec.text} in bubblewrap.")
    return spec


def _capped(spec: Spec, most: int) -> Spec:
    if spec.kind == "mcts":
        return replace(spec, options={**spec.options, "simulations": min(most, spec.options["simulations"])})
    if spec.kind != "search":
        return spec
    given = SIMULATIONS.search(spec.argument)
    if given is None:
        return replace(spec, argument=f"{spec.argument},simulations={min(most, SEARCH_BY_DEFAULT)}")
    count = f"simulations={min(most, int(given[1]))}"
    return replace(spec, argument=spec.argument[: given.start()] + count + spec.argument[given.end() :])
