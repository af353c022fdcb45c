"""Worker, server, agent and database killed with -9 at random moments: the arena ends as one that nobody disturbed."""

from __future__ import annotations

import logging
import os
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparring.site.ladders.publishing import NOTICEABLE
from tests.site.postgresql import Cluster, programs
from tests.site.work.faulty_arena import FaultyArena

log = logging.getLogger(__name__)
MATCHES = 20
SHORT = {"rounds": 6, "duels": 12, "sandboxed": 4}
LONG = {"rounds": 200, "duels": 1000, "sandboxed": 125}
SAME = ("matches", "standings", "pairs", "ratings", "intervals", "ladder", "fitted")
inner = pytest.mark.skipif("DATABASE_URL" in os.environ, reason="brings databases of its own")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of its own, which may be killed."""
    found = programs()
    assert found is not None, "PostgreSQL's server is not installed; on Debian: apt-get install postgresql"
    with tempfile.TemporaryDirectory(prefix="sparring-postgresql-", ignore_cleanup_errors=True) as folder:
        cluster = Cluster(Path(folder), found)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


def undisturbed(folder, duels, sandboxed):
    """What comes of the duels when one worker plays them in peace, on SQLite."""
    arena = FaultyArena(folder)
    try:
        arena.prepare(duels, MATCHES, sandboxed)
        arena.start_worker()
        arena.play_to_the_end(duels)
        return arena.report()
    finally:
        arena.close()


def disturbed(folder, database, rounds, duels, sandboxed):
    """What comes of them when somebody is killed in every round; and what is left half-written, and who was killed."""
    chance = random.Random(11)
    arena = FaultyArena(folder, database)
    victims = ["worker", "worker", "server", "agent", "agent"] + ["database"] * (database is not None)
    try:
        arena.prepare(duels, MATCHES, sandboxed, uploaders=1 + rounds // 10)
        arena.start_server()
        arena.start_worker()
        arena.start_worker()
        for number in range(rounds):
            share = int(0.95 * duels * number / rounds)
            arena.released = duels * (number + 1) // rounds
            arena.wait_until(lambda done, parked, share=share: done + parked >= share)
            arena.kill(victims[number % len(victims)], chance)
        arena.play_to_the_end(duels)
        return arena.report(), arena.half_written(), arena.killed
    finally:
        arena.close()


def check(reference, folder, database, rounds, duels, sandboxed):
    assert reference["attempts"] == duels
    found, half_written, killed = disturbed(folder, database, rounds, duels, sandboxed)
    log.warning("killed %s; %d attempts, %d uploads", killed, found["attempts"], len(found["uploads"]))
    assert sum(killed.values()) == rounds
    assert found["states"] == ["done"]
    assert [row[:2] for row in found["matches"]] == [[d, i] for d in range(1, duels + 1) for i in range(MATCHES)]
    assert [name for name in SAME if found[name] != reference[name]] == []
    assert found["published"] == pytest.approx(reference["published"], abs=2 * NOTICEABLE)
    assert half_written == []
    assert found["integrity"] in ([], ["ok"])
    assert all((folder / "submissions" / name).exists() for name in found["uploads"])
    assert found["attempts"] > duels, "nobody was killed at work"


@pytest.fixture(scope="module")
def short_reference(tmp_path_factory):
    return undisturbed(tmp_path_factory.mktemp("calm") / "short", SHORT["duels"], SHORT["sandboxed"])


@pytest.fixture(scope="module")
def long_reference(tmp_path_factory):
    return undisturbed(tmp_path_factory.mktemp("calm") / "long", LONG["duels"], LONG["sandboxed"])


@inner
def test_kills_lose_no_match_and_change_no_rating(short_reference, tmp_path):
    check(short_reference, tmp_path / "storm", None, **SHORT)


@inner
def test_kills_lose_no_match_and_change_no_rating_on_postgresql_which_is_killed_too(short_reference, tmp_path, cluster):
    check(short_reference, tmp_path / "storm", cluster, **SHORT)


@inner
@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_two_hundred_kills_in_twenty_thousand_matches(long_reference, tmp_path):
    check(long_reference, tmp_path / "storm", None, **LONG)


@inner
@pytest.mark.nightly
@pytest.mark.timeout(7200)
def test_two_hundred_kills_in_twenty_thousand_matches_on_postgresql_killed_too(long_reference, tmp_path, cluster):
    check(long_reference, tmp_path / "storm", cluster, **LONG)
