"""A data folder and a database of its own for every test of the site, and what arenas are made of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections

MAKES = "class Agent:\n    def act(self, observation, legal_actions):\n        "
PLAYS_FIRST = MAKES + "return legal_actions[0]\n"
CRASHES = MAKES + "print('so far so good')\n        return 1 // 0\n"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file, as in earnest: threads and processes share it under its own locks."""
    known = connections["default"].settings_dict
    if known["ENGINE"].endswith("sqlite3"):
        known["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "home"
    monkeypatch.setenv("SPARRING_HOME", str(folder))
    cache.clear()
    yield folder
    cache.clear()


@pytest.fixture(autouse=True)
def no_heartbeat(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A heartbeat has a connection of its own: it would wait half a minute for the transaction that most tests are."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None or not marker.kwargs.get("transaction"):
        monkeypatch.setattr(settings, "LEASE_SECONDS", 3600.0)


@pytest.fixture
def enter(db: None) -> Callable[..., Any]:
    """Put a house agent on a ladder: ``enter("tic_tac_toe", "random")``."""
    from sparring.site.ladders.entry import enter_version

    def enter_one(game: str, spec: str, name: str = "", kind: str = "house", **more: Any) -> Any:
        return enter_version(name or spec.replace("=", "-"), game, spec, kind=kind, **more)

    return enter_one


@pytest.fixture
def queue(db: None) -> Callable[..., Any]:
    """Queue a duel between two versions of one ladder."""
    from sparring.site.ladders.models import Ladder
    from sparring.site.matches.models import Duel

    def queue_one(first: Any, second: Any, matches: int = 4) -> Any:
        return Duel.objects.queue(Ladder.objects.for_game(first.agent.game), first, second, matches, "a test")

    return queue_one


@pytest.fixture
def play(queue: Callable[..., Any]) -> Callable[..., Any]:
    """Play and record a duel, as a worker does; the finished duel."""
    from sparring.site.matches.models import Duel
    from sparring.site.work.duels import play_leased_duel

    def play_one(first: Any, second: Any, matches: int = 4) -> Any:
        duel = queue(first, second, matches)
        leased = Duel.objects.lease("test", pk=duel.pk)
        play_leased_duel(leased, threading.Event())
        duel.refresh_from_db()
        assert duel.state == "done", duel.failure
        return duel

    return play_one


@pytest.fixture
def admin_user(django_user_model: Any, db: None) -> Any:
    """Like everybody here without a password, which takes long to keep, and which tests that sign in choose anew."""
    return django_user_model.objects.create_superuser("admin", password=None)


@pytest.fixture
def alice(django_user_model: Any, db: None) -> Any:
    return django_user_model.objects.create_user("alice", password=None)


@pytest.fixture
def bob(django_user_model: Any, db: None) -> Any:
    return django_user_model.objects.create_user("bob", password=None)


@pytest.fixture
def as_alice(client: Any, alice: Any) -> Any:
    client.force_login(alice)
    return client
