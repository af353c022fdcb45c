"""Play a leased duel and store what came of it."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from functools import partial

from django.db import transaction

from sparring.agents import Player
from sparring.engine import Game, load_game
from sparring.errors import MissingExtra, SparringError
from sparring.matches import MatchRecord, play_duel
from sparring.matches.table import play_table
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.matches.models import Duel
from sparring.site.matches.recording import record_duel
from sparring.site.submissions.models import Version
from sparring.site.work.keep_alive import KeepAlive, held
from sparring.site.work.players import CannotLoad, missing_containers, missing_sandbox, open_players

log = logging.getLogger(__name__)
NOT_HERE_PAUSE = timedelta(seconds=60)


def play_leased_duel(duel: Duel, stop: threading.Event) -> None:
    """Play ``duel``, which this worker has leased, and record it; or say in the row why it could not be played."""
    attempt = duel.attempt
    with held(duel, stop, partial(_fail, duel, attempt)) as lease:
        records = _play(duel, lease)
        lease.insist(lambda: record_duel(duel, attempt, records))


def _fail(duel: Duel, attempt: int, error: SparringError) -> None:
    """Mark the duel as failed; a version that can't be loaded leaves the ladder. For a missing package it waits."""
    if isinstance(error, MissingExtra):
        log.warning("duel %s waits: %s", duel.pk, error)
        duel.put_back(attempt, NOT_HERE_PAUSE, str(error))
        return
    log.warning("duel %s failed: %s", duel.pk, error)
    with transaction.atomic():
        duel.fail(attempt, str(error))
        if isinstance(error, CannotLoad):
            Standing.objects.withdraw(error.version, str(error))


def _play(duel: Duel, lease: KeepAlive) -> list[MatchRecord]:
    game = game_of(duel.ladder)
    versions = duel.versions
    with open_players(game, versions, duel.seed % 2**31, duel.ladder.limits) as players:
        return play(game, players, versions, duel.matches, duel.seed, lease)


def game_of(ladder: Ladder) -> Game:
    return load_game(ladder.game, ladder.options)


def play(
    game: Game, players: list[Player], versions: list[Version], matches: int, seed: int, lease: KeepAlive
) -> list[MatchRecord]:
    """The records of a duel; behind them those of tries that the host spoiled, which are void.

    Raises WorkerStopped or LateAnswer when ``lease`` says so.
    """
    names = [version.label for version in versions]
    if len(versions) != 2:
        played = play_table(game, players, names, matches, seed, lease.check)
        return [*played.records, *played.voided]
    duel = play_duel(game, players, names=names, matches=matches, seed=seed, progress=lease.check)
    return [*duel.records, *duel.voided]


def put_back_without_sandbox(duel: Duel) -> bool:
    """Whether the duel had to be put back because it needs a sandbox and there is none, or a count of instructions."""
    untrusted = [version for version in duel.versions if version.untrusted]
    containers = any(version.container for version in untrusted)
    others = any(not version.container for version in untrusted)
    sentence = (missing_sandbox() if others else None) or (missing_containers() if containers else None)
    sentence = sentence or (duel.ladder.uncountable if untrusted else None)
    if sentence is None:
        return False
    duel.put_back(duel.attempt, NOT_HERE_PAUSE, sentence)
    return True
