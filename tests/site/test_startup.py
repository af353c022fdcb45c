"""Getting ready: the database, the first start and every later one."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import call_command

from sparring.errors import BadOption
from sparring.site.database import database_settings
from sparring.site.startup import missing_migrations

START = "import sparring.site, time; began = time.monotonic(); sparring.site.prepare(); print(time.monotonic() - began)"
LOOK = """
import json, sparring.site
sparring.site.setup()
from django.db import connection
from sparring.site.accounts.models import User
from sparring.site.ladders.models import Ladder, Standing
with connection.cursor() as cursor:
    names = ("journal_mode", "synchronous", "busy_timeout")
    pragmas = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in names}
print(json.dumps({"organisers": User.objects.count(), "ladders": Ladder.objects.count(),
                  "standings": Standing.objects.count(), **pragmas}))
"""


def python(code: str, home: Path) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment |= {"SPARRING_HOME": str(home)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_first_start_makes_everything_and_the_second_changes_nothing(tmp_path):
    python(START, tmp_path)
    first = json.loads(python(LOOK, tmp_path))
    assert first["organisers"] == 1
    assert first["ladders"] >= 4
    assert first["standings"] > 10
    python(START, tmp_path)
    assert json.loads(python(LOOK, tmp_path)) == first


def test_a_start_sweeps_sessions_that_have_expired(tmp_path):
    python(START, tmp_path)
    session = """
import sparring.site
sparring.site.setup()
from datetime import timedelta
from django.contrib.sessions.models import Session
from django.utils import timezone
"""
    make = "for days in (-1, 1): Session(str(days), '', timezone.now() + timedelta(days=days)).save()"
    python(session + make, tmp_path)
    python(START, tmp_path)
    assert python(session + "print([each.session_key for each in Session.objects.all()])", tmp_path) == "['1']\n"


def test_sqlite_is_set_up_for_many_readers_and_one_writer(tmp_path):
    python(START, tmp_path)
    found = json.loads(python(LOOK, tmp_path))
    assert (found["journal_mode"], found["synchronous"], found["busy_timeout"]) == ("wal", 1, 20000)


def test_the_database_is_for_its_owner_only(tmp_path):
    python(START, tmp_path)
    assert (tmp_path / "arena.sqlite3").stat().st_mode & 0o077 == 0


@pytest.mark.quiet
def test_a_second_start_costs_little_more_than_importing_what_it_needs(tmp_path):
    python(START, tmp_path)

    def seconds(code: str) -> float:
        began = time.monotonic()
        python(code, tmp_path)
        return time.monotonic() - began

    importing = "import sparring.site; sparring.site.setup(); from sparring.site import startup"
    rounds = [(seconds(START), seconds(importing)) for _ in range(3)]
    assert statistics.median(start / imports for start, imports in rounds) < 2


@pytest.mark.django_db
def test_a_database_that_is_up_to_date_misses_nothing():
    assert missing_migrations() == set()


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_importing_the_site_does_not_import_django():
    code = "import sparring.site, sys; assert 'django' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_sqlite_is_the_default(tmp_path):
    settings = database_settings(None, tmp_path)
    assert settings["NAME"] == str(tmp_path / "arena.sqlite3")
    assert settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_a_url_names_a_postgresql_database(tmp_path):
    settings = database_settings("postgres://ada:pa%2Fss@db.example:5433/arena?sslmode=require", tmp_path)
    assert settings["ENGINE"].endswith("postgresql")
    names = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    assert [settings[name] for name in names] == [
        "arena",
        "ada",
        "pa/ss",
        "db.example",
        "5433",
        {"sslmode": "require"},
    ]


@pytest.mark.parametrize("url", ["mysql://db/arena", "postgresql://db/", "arena"])
def test_another_url_is_refused_with_an_example(url, tmp_path):
    with pytest.raises(BadOption, match="postgresql://user:password@host:5432/sparring"):
        database_settings(url, tmp_path)
