"""The same tests against a real PostgreSQL: a cluster of its own, in a temporary folder, for the time of the test."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.site.postgresql import Cluster, programs

ROOT = Path(__file__).resolve().parents[2]
TESTED = ["work", "matches", "ladders", "submissions", "seasons", "analysis", "audits", "tournaments"]
"""Folders of tests/site whose tests must pass on PostgreSQL, too."""
OWN_DATABASES = "tests/site/work/test_faults.py"
"""These tests start a PostgreSQL of their own anyway."""


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """DATABASE_URL of a fresh, empty PostgreSQL."""
    found = programs()
    if found is None:
        message = "PostgreSQL's server is not installed; on Debian: apt-get install postgresql"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with tempfile.TemporaryDirectory(prefix="sparring-postgresql-", ignore_cleanup_errors=True) as folder:
        cluster = Cluster(Path(folder), found)
        try:
            cluster.start()
            yield cluster.url
        finally:
            cluster.stop()


@pytest.mark.timeout(900)
@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="this is the inner run")
@pytest.mark.parametrize("folder", TESTED)
def test_what_holds_on_sqlite_holds_on_postgresql(postgresql, folder):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--timeout",
        "250",
        f"--ignore={OWN_DATABASES}",
        f"tests/site/{folder}",
    ]
    environment = os.environ | {"DATABASE_URL": postgresql}
    inner = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert inner.returncode == 0, inner.stdout[-6000:] + inner.stderr[-2000:]


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="this is the inner run")
def test_an_arena_starts_on_postgresql_and_a_second_time(postgresql, tmp_path):
    code = "import sparring.site; sparring.site.prepare(); sparring.site.prepare()"
    environment = os.environ | {"DATABASE_URL": postgresql, "SPARRING_HOME": str(tmp_path)}
    started = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr
    assert not (tmp_path / "arena.sqlite3").exists()


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="this is the inner run")
def test_a_database_that_does_not_answer_is_a_sentence(tmp_path):
    code = (
        "import sparring.site\nfrom sparring.errors import SparringError\n"
        "try:\n    sparring.site.prepare()\nexcept SparringError as error:\n    print(error)"
    )
    environment = os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "SPARRING_HOME": str(tmp_path)}
    started = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert "Is DATABASE_URL right?" in started.stdout


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="this is the inner run")
def test_a_backup_of_an_arena_on_postgresql_is_restored_into_an_empty_database(postgresql, tmp_path):
    empty = postgresql.replace("/sparring", "/restored")
    with psycopg.connect(postgresql, autocommit=True) as server:
        server.execute("CREATE DATABASE restored")

    def run(url, home, *words):
        environment = os.environ | {"DATABASE_URL": url, "SPARRING_HOME": str(tmp_path / home)}
        done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    def versions(url):
        with psycopg.connect(url) as database:
            return database.execute("SELECT COUNT(*) FROM submissions_version").fetchone()[0]

    archive = str(tmp_path / "arena.tar.gz")
    assert run(postgresql, "old", "-c", "import sparring.site; sparring.site.prepare()") == (0, "")
    assert run(postgresql, "old", "-m", "sparring.cli", "backup", archive) == (0, "")
    assert run(empty, "new", "-m", "sparring.cli", "restore", archive) == (0, "")
    assert versions(empty) == versions(postgresql) > 0
    status, sentence = run(empty, "newer", "-m", "sparring.cli", "restore", archive)
    assert status == 2
    assert "pg_restore failed" in sentence
    assert not (tmp_path / "newer" / "secret_key").exists()
