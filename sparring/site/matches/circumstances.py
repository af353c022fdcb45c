"""Under what circumstances a match was played, for its page: the clock, the time used, the host, the versions."""

from __future__ import annotations

from typing import Any

import numpy as np

from sparring.matches import Replay
from sparring.matches.record import MatchRecord

UNITS = {"wall": "s", "cpu": "s", "instructions": "thousand million instructions"}
KINDS = {"wall": "on the wall", "cpu": "of processor time"}
HARDLY = 0.005


def circumstances(played: Replay) -> list[tuple[str, str]]:
    """(what, how it was), as far as the record knows."""
    record = played.record
    found = [("Clock", clock(record.terms)), ("Time used", _time_used(played))]
    if record.host is not None:
        lost = record.host.lost >= HARDLY
        found.append(("Host", record.host.sentence() if lost else f"undisturbed for {record.host.window:.2f} s"))
    if record.tries > 1:
        found.append(("Try", f"number {record.tries}: those before were void"))
    engine = f", Sparring {record.engine}" if record.engine else ""
    return [*found, ("Rules", f"version {record.rules_version}{engine}")]


def clock(terms: dict[str, Any]) -> str:
    """The terms of a record as a phrase."""
    if not terms:
        return "nobody was timed"
    if terms["budget"] == "simulations":
        return f"{terms['simulations']} simulations a move"
    unit, kind = UNITS.get(terms["budget"], ""), KINDS.get(terms["budget"], "")
    move, first, bank = (f"{terms[name]:g} {unit}" for name in ("move", "first", "bank"))
    return f"{move} a move {kind}".rstrip() + f", {first} for the first, {bank} in the bank"


def _time_used(played: Replay) -> str:
    record = played.record
    wall, cpu = _by_seat(played, record.seconds), _by_seat(played, record.cpu_seconds)
    parts = [_short(seconds) + _beside(cpu, seat) for seat, seconds in enumerate(wall)]
    return " against ".join(parts)


def _beside(cpu: list[float], seat: int) -> str:
    return f" ({_short(cpu[seat])} of processor)" if seat < len(cpu) and np.isfinite(cpu[seat]) else ""


def _short(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _by_seat(played: Replay, seconds: np.ndarray[Any, Any]) -> list[float]:
    """What each seat used in all; empty where it was not counted."""
    record: MatchRecord = played.record
    if seconds.shape != record.seconds.shape:
        return []
    if seconds.ndim == 2:
        return [float(each) for each in seconds.sum(axis=0)]
    seats = np.array([int(state["seat"]) for state in played.states[:-1]], np.int64)
    return [float(seconds[seats == seat].sum()) for seat in range(played.game.seats)]
