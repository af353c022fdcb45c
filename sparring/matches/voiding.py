"""Pairs of matches that the host has spoiled are void, and played again from the same seed.

Whether a pair is void is decided by what the machine did (``host``), never by how the pair ended, so that ratings only
lose matches, and none of them for its result. It concerns players whose clock the trouble could have reached:

===============================================  ==========================================================
clock                                            a pair is void past the threshold of
===============================================  ==========================================================
wall                                             all that was lost
cpu                                              what was stolen, since that counts as processor time
simulations, instructions, or no clock at all    nothing, unless somebody ran out of time: then all that was lost
===============================================  ==========================================================

A void pair is played again at most ``MOST_REPLAYS`` times, with a pause before that doubles; what is in trouble then,
too, stays void: it counts for nobody, and says why.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sparring.agents.player import Forgiving, Player
from sparring.engine import Game
from sparring.matches.record import MatchRecord
from sparring.matches.referee import Pairing, Progress, play_matches

MOST_REPLAYS = 3
PAUSE_SECONDS = 0.5
SECONDS_BETWEEN_LOOKS = 0.1


@dataclass(frozen=True)
class Played:
    """The matches of a pairing."""

    records: list[MatchRecord]
    """Of the last try of each, in the order of the pairing."""
    voided: list[MatchRecord]
    """Of the tries before, in the order in which they were played."""


def play_pairs(
    game: Game,
    players: Sequence[Player],
    names: Sequence[str],
    pairing: Pairing,
    progress: Progress | None = None,
) -> Played:
    """Play ``pairing``, and again whatever the host has spoiled: pairs, or whatever belongs together."""
    records = play_matches(game, players, names, pairing, progress)
    voided: list[MatchRecord] = []
    spoiled = _void_spoiled(records, range(len(records)), pairing.together)
    for replay in range(MOST_REPLAYS):
        if not spoiled:
            break
        _rest(PAUSE_SECONDS * 2**replay, progress, len(records))
        voided += [records[match] for match in spoiled]
        for player in players:
            if isinstance(player, Forgiving):
                player.forgive()
        again = Pairing(pairing.seeds[spoiled], pairing.seating[spoiled], pairing.together)
        replayed = play_matches(game, players, names, again, _as_before(progress, len(records)))
        for match, record in zip(spoiled, replayed, strict=True):
            records[match] = replace(record, tries=replay + 2)
        spoiled = _void_spoiled(records, spoiled, pairing.together)
    return Played(records, voided)


def why_void(record: MatchRecord) -> str:
    """What the host has spoiled in this match; empty if nothing that mattered."""
    trouble = record.host
    if trouble is None:
        return ""
    out_of_time = record.fault is not None and record.fault.kind == "time"
    budget = record.terms.get("budget")
    lost = trouble.lost if out_of_time or budget == "wall" else trouble.steal if budget == "cpu" else 0.0
    allowed = record.terms.get("move", 0.0) * record.plies
    return trouble.sentence() if trouble.past(allowed, lost) else ""


def _void_spoiled(records: list[MatchRecord], matches: Sequence[int], together: int) -> list[int]:
    """Mark what is void of these matches in ``records``, with all that belongs together; which matches that are."""
    reasons = {match: why_void(records[match]) for match in matches}
    of_group = {match // together: reason for match, reason in reasons.items() if reason}
    spoiled = []
    for match, own in reasons.items():
        reason = own or of_group.get(match // together, "")
        if reason:
            spoiled.append(match)
            reason = reason if own else f"{'Its twin' if together == 2 else 'Its round'} is void. {reason}"
            records[match] = replace(records[match], result="void", winner=None, void=reason)
    return spoiled


def _as_before(progress: Progress | None, matches: int) -> Progress | None:
    """While matches are played again, nothing is new, but whoever asked for them can stop."""
    return None if progress is None else lambda _done, _count: progress(matches, matches)


def _rest(seconds: float, progress: Progress | None, matches: int) -> None:
    """Give the host time to recover, and whoever asked for the matches the chance to stop."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if progress is not None:
            progress(matches, matches)
        time.sleep(min(left, SECONDS_BETWEEN_LOOKS))
