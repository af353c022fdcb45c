"""The checks of a submission that was built: matches against itself, matches against random; then it is on the ladder.

Each step is kept as soon as it is passed, so that a worker that takes the check over goes on at the step where the last
one was lost. The matches against random are recorded, and in games for two they count, like those of any duel.
"""

from __future__ import annotations

import secrets
import threading
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models.functions import Now

from sparring.errors import SparringError
from sparring.matches import MatchRecord
from sparring.site.ladders.entry import enter_version
from sparring.site.ladders.models import Ladder
from sparring.site.matches.models import Duel
from sparring.site.matches.recording import store_results
from sparring.site.submissions.models import Check, Kind, Version
from sparring.site.work.duels import game_of, play
from sparring.site.work.entering import entered
from sparring.site.work.keep_alive import KeepAlive, held
from sparring.site.work.models import WorkItem
from sparring.site.work.players import open_players, waits_for_sandbox

SELF_TEST_MATCHES = (1, 3)
"""First a single match, so that who loops for ever uses up one bank of time and not four."""
VALIDATION_MATCHES = 10
"""At a table as many more as fill the last round."""
REASON = "Validation: every submission plays random before it enters the ladder."
SPOILED_PAUSE = timedelta(seconds=30)
State = Version.State


class Spoiled(SparringError):
    """The host was in trouble while the submission played, again and again."""


class Rejected(SparringError):
    """The submission did not pass a step."""

    def __init__(self, step: str, sentence: str, log: str = "") -> None:
        super().__init__(sentence)
        self.step, self.log = step, log


def run_leased_check(check: Check, stop: threading.Event) -> None:
    """Take the submission of ``check``, which this worker has leased, through the steps that it has not passed yet."""
    attempt = check.attempt
    with held(check, stop, partial(_fail, check, attempt)) as lease:
        if not waits_for_sandbox(check):
            _take_steps(check, attempt, lease)


def _fail(check: Check, attempt: int, error: SparringError) -> None:
    """Say at the version which step it has not passed; or wait, where the machine was too busy to tell."""
    if isinstance(error, Spoiled):
        check.wait(attempt, SPOILED_PAUSE, str(error))
    elif isinstance(error, Rejected):
        check.reject(attempt, error.step, str(error), error.log)
    else:
        check.reject(attempt, check.next_step, str(error))


def _take_steps(check: Check, attempt: int, lease: KeepAlive) -> None:
    if check.version.state == State.BUILT:
        check.pass_step(attempt, State.SELF_TESTED, _self_test(check.version, lease))
    lease.check()
    if check.version.state == State.SELF_TESTED:
        _validate(check, attempt, lease)


def _self_test(version: Version, lease: KeepAlive) -> str:
    """Let the agent play itself; its log. Any fault rejects it."""
    kept, seats = "", Ladder.objects.of_agent(version.agent).seats
    for matches in SELF_TEST_MATCHES:
        records, logs = _play_in_sandbox([version] * seats, matches, lease)
        log_of_all = "\n".join(filter(None, logs))
        _require_no_fault(records, "playing against itself", State.SELF_TESTED, set(range(seats)), log_of_all)
        kept = logs[0]
    return kept


def _validate(check: Check, attempt: int, lease: KeepAlive) -> None:
    """Let the agent play random, or alone where there is one seat. Without a fault, it enters the ladder."""
    version, ladder = check.version, Ladder.objects.of_agent(check.version.agent)
    matches = -(-VALIDATION_MATCHES // ladder.seats) * ladder.seats
    records, logs = _play_in_sandbox([version, *_randoms(ladder)], matches, lease)
    _require_no_fault(records, "playing against random", State.VALIDATED, {0}, logs[0])
    lease.insist(lambda: _enter(check, attempt, records, logs[0]))


def _enter(check: Check, attempt: int, records: list[MatchRecord], printed: str) -> None:
    """Put a validated version on its ladder, with its matches against random. Raises LateAnswer.

    They count in games for two. At a table random would meet itself, and alone everybody has the same seeds to play.
    """
    version, ladder = check.version, Ladder.objects.of_agent(check.version.agent)
    with transaction.atomic():
        check.pass_last_step(attempt, printed)
        ladder.enter(version)
        entered(version, *version.twins.all())
        matches = sum(record.result != "void" for record in records)
        duel = Duel.objects.queue_table(ladder, [version, *_randoms(ladder)], matches, REASON)
        Duel.objects.filter(pk=duel.pk).update(
            seed=records[0].seed % 2**62,
            rated=ladder.seats == 2,
            state=WorkItem.State.DONE,
            attempt=1,
            finished=Now(),
        )
        duel.refresh_from_db()
        store_results(duel, records)


def _randoms(ladder: Ladder) -> list[Version]:
    """The house's random agent, once for each seat but one."""
    random = enter_version("random", ladder.game, "random", kind=Kind.HOUSE, options=ladder.options)
    return [random] * (ladder.seats - 1)


def _play_in_sandbox(versions: list[Version], matches: int, lease: KeepAlive) -> tuple[list[MatchRecord], list[str]]:
    """The records of a duel between ``versions``, the first of which is checked, and what each of them has printed."""
    ladder = Ladder.objects.of_agent(versions[0].agent)
    game, limits, seed = game_of(ladder), ladder.limits, secrets.randbits(31)
    with open_players(game, versions, seed, limits) as players:
        records = play(game, players, versions, matches, seed, lease)
        if any(record.result == "void" for record in records[:matches]):
            raise Spoiled("The machine that checks it was too busy to play fair; it tries again soon.")
        return records, [getattr(player, "log", "") for player in players]


def _require_no_fault(records: list[MatchRecord], doing: str, step: str, whose: set[int], log: str) -> None:
    """``whose``: which of the two players must not have failed."""
    for number, record in enumerate(records, start=1):
        if record.fault is None or record.result == "void":
            continue
        guilty = whose if record.fault.seat is None else whose & {record.player_at(record.fault.seat)}
        if guilty:
            where = f"match {number} of {len(records)}, after {record.plies} plies"
            raise Rejected(step, f"It failed while {doing} ({where}): {record.fault.message}", log)
