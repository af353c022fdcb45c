"""The worker: one loop that schedules duels, holds tournaments, leases work, does it, and publishes ratings.

Any number of workers may run, on any number of machines that share the database and the data folder. A worker may be
killed at any moment: what it had leased is taken over when the lease expires.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import partial

from django.db import DatabaseError, close_old_connections, connections

from sparring.sandbox import pool
from sparring.site.analysis.computing import analyse
from sparring.site.analysis.models import Analysis
from sparring.site.audits.auditing import Auditor
from sparring.site.ladders import publishing
from sparring.site.ladders.models import Ladder
from sparring.site.matches.models import Duel
from sparring.site.runs.entering import enter_promoted
from sparring.site.seasons.turning import hold_seasons
from sparring.site.submissions.models import Check
from sparring.site.tournaments.running import hold_tournaments
from sparring.site.work.builds import build_in_background
from sparring.site.work.checks import run_leased_check
from sparring.site.work.duels import play_leased_duel, put_back_without_sandbox
from sparring.site.work.keep_alive import guarded, spared
from sparring.site.work.players import playable_here
from sparring.site.work.scheduler import schedule_duels

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.5
FIT_SECONDS = 1.0
FIT_SHARE = 0.1
ANALYSIS_SHARE = 0.05
ANALYSIS_PAUSE_SECONDS = 10.0
DATABASE_PAUSE_SECONDS = 3.0


class Publisher:
    """Refits ladders that have new matches: at most every second, and for at most a tenth of the time."""

    def __init__(self) -> None:
        self._next: dict[int, float] = {}

    def publish(self) -> bool:
        """Whether any ladder was refitted."""
        due = [ladder for ladder in publishing.behind() if time.monotonic() >= self._next.get(ladder.pk, 0.0)]
        refitted = [spared(f"fitting {ladder}", partial(self._refit, ladder)) for ladder in due]
        return any(refitted)

    def _refit(self, ladder: Ladder) -> bool:
        began = time.monotonic()
        try:
            return publishing.refit(ladder)
        finally:
            took = time.monotonic() - began
            self._next[ladder.pk] = began + max(FIT_SECONDS, took / FIT_SHARE)


class Analyst:
    """Computes what stands beside the ladders: one at a time, and for at most a twentieth of the time."""

    def __init__(self) -> None:
        self._next = 0.0
        self._failed: set[int] = set()
        """Ladders whose analysis has failed in this process: they keep no other from its turn."""

    def analyse(self) -> bool:
        """Whether a ladder was analysed."""
        due = Analysis.objects.due() if time.monotonic() >= self._next else []
        due = [ladder for ladder in due if ladder.pk not in self._failed]
        began = time.monotonic()
        for ladder in due[:1]:
            self._failed.add(ladder.pk)
            analyse(ladder)
            self._failed.remove(ladder.pk)
            self._next = time.monotonic() + (time.monotonic() - began) / ANALYSIS_SHARE
        if not due:
            self._next = max(self._next, began + ANALYSIS_PAUSE_SECONDS)
        return bool(due)


def run_worker(stop_event: threading.Event, owner: str) -> None:
    """Work until ``stop_event`` is set. ``owner`` names the worker in the leases: ``host:pid`` does well."""
    publisher, analyst, auditor = Publisher(), Analyst(), Auditor()
    builds = build_in_background(owner, stop_event)
    log.info("worker %s works", owner)
    try:
        while not stop_event.is_set():
            try:
                worked = work_once(owner, stop_event, publisher)
                worked = spared("the analysis", analyst.analyse) or worked
                worked = spared("the audit", partial(auditor.audit, owner, stop_event)) or worked
            except DatabaseError as error:
                log.warning("the database did not answer (%s); trying again", error)
                close_old_connections()
                stop_event.wait(DATABASE_PAUSE_SECONDS)
                continue
            if not worked:
                stop_event.wait(IDLE_SECONDS)
    finally:
        builds.join()
        pool.stop()
        connections.close_all()
        log.info("worker %s has stopped", owner)


def work_once(owner: str, stop: threading.Event, publisher: Publisher) -> bool:
    """Enter what was published, schedule, do one item, rate. Whether there was anything to do."""
    worked = spared("entering", lambda: enter_promoted() > 0)
    worked = spared("matchmaking", lambda: bool(schedule_duels())) or worked
    worked = spared("holding tournaments", hold_tournaments) or worked
    worked = spared("holding seasons", hold_seasons) or worked
    check = Check.objects.lease(owner, playable_here("version__"))
    if check is not None:
        guarded(check, partial(run_leased_check, check, stop))
        worked = True
    duel = Duel.objects.lease(owner, playable_here("first__", "second__", "further__version__"))
    if duel is not None:
        guarded(duel, partial(_play, duel, stop))
        worked = True
    return publisher.publish() or worked


def _play(duel: Duel, stop: threading.Event) -> None:
    if not put_back_without_sandbox(duel):
        play_leased_duel(duel, stop)
