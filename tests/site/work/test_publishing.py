"""Public submissions in a real git repository on this machine: one commit a version, whoever is killed when."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from sparring.site.publications.models import Publication
from sparring.site.publications.repository import LARGEST_FILE
from sparring.site.submissions.models import Version
from sparring.site.work.publishing import publish_leased
from tests.site.conftest import PLAYS_FIRST

STATE = Version.State.ON_LADDER


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    path = tmp_path / "agents.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(path)], check=True)
    return path


@pytest.fixture
def public(alice, remote, settings):
    """A public version on the ladder, waiting to be published."""
    settings.PUBLISH_GIT = str(remote)

    def public_one(content, filename="agent.py", name="First try"):
        data = content if isinstance(content, bytes) else content.encode()
        version = Version.objects.submit(alice, "tic_tac_toe", name, filename, data, public=True)
        Version.objects.filter(pk=version.pk).update(state=STATE)
        Publication.objects.request(version)
        return version

    return public_one


def publish() -> Publication:
    publication = Publication.objects.lease("w")
    publish_leased(publication, threading.Event())
    publication.refresh_from_db()
    return publication


def git(remote: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(remote), *words], capture_output=True, text=True, check=True).stdout.strip()


def zipped(**files: bytes | str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return content.getvalue()


@pytest.mark.django_db
def test_each_version_is_one_commit_with_its_files_and_its_page_leads_there(public, remote, as_alice, settings):
    settings.PUBLISH_LINK = "https://git.example/commit/COMMIT"
    first = public(PLAYS_FIRST)
    assert "<dt>Published</dt><dd>soon</dd>" in as_alice.get(first.get_absolute_url()).content.decode()
    one = publish()
    second = public(zipped(agent_dot_py=PLAYS_FIRST, nets__tiny_dot_py="x = 1\n"), "agent.zip")
    two = publish()
    assert git(remote, "log", "--format=%H %s", "main").splitlines() == [
        f"{two.commit} tic_tac_toe: First try v2 by alice",
        f"{one.commit} tic_tac_toe: First try v1 by alice",
    ]
    folder = f"tic_tac_toe/first-try-{first.agent_id}"
    assert git(remote, "ls-tree", "-r", "--name-only", "main").splitlines() == [
        f"{folder}/agent.py",
        f"{folder}/nets/tiny.py",
    ]
    assert git(remote, "show", f"version-{first.pk}:{folder}/agent.py") == PLAYS_FIRST.strip()
    link = f'<a href="https://git.example/commit/{two.commit}"><code>{two.commit[:12]}</code></a>'
    assert link in as_alice.get(second.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_what_is_large_is_a_note_and_what_is_gits_is_left_out(public, remote):
    weights = bytes(LARGEST_FILE + 1)
    version = public(zipped(agent_dot_py=PLAYS_FIRST, weights=weights, _dot_git__hooks="evil"), "agent.zip")
    publish()
    folder = f"tic_tac_toe/first-try-{version.agent_id}"
    assert git(remote, "ls-tree", "-r", "--name-only", "main").splitlines() == [
        f"{folder}/agent.py",
        f"{folder}/weights.left-out.txt",
    ]
    assert f"{len(weights)} bytes" in git(remote, "show", f"main:{folder}/weights.left-out.txt")


@pytest.mark.django_db
def test_a_repository_that_is_not_there_is_tried_again_and_the_page_says_so(public, settings, as_alice, tmp_path):
    version = public(PLAYS_FIRST)
    settings.PUBLISH_GIT = str(tmp_path / "nowhere.git")
    publication = publish()
    assert (publication.state, publication.attempt) == ("waiting", 1)
    assert "git fetch failed" in publication.failure
    assert "git fetch failed" in as_alice.get(version.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_private_versions_and_arenas_without_a_repository_publish_nothing(alice, settings, remote):
    settings.PUBLISH_GIT = str(remote)
    Publication.objects.request(Version.objects.submit(alice, "tic_tac_toe", "A", "a.py", PLAYS_FIRST.encode()))
    settings.PUBLISH_GIT = ""
    Publication.objects.request(Version.objects.submit(alice, "tic_tac_toe", "B", "a.py", b"class Agent: 1", True))
    assert not Publication.objects.exists()


@pytest.mark.django_db
def test_the_form_asks_whether_to_publish_where_there_is_a_repository(as_alice, settings, remote):
    from django.core.files.uploadedfile import SimpleUploadedFile

    assert 'name="public"' not in as_alice.get("/submit/").content.decode()
    settings.PUBLISH_GIT = str(remote)
    assert 'name="public"' in as_alice.get("/submit/").content.decode()
    file = SimpleUploadedFile("a.py", PLAYS_FIRST.encode())
    as_alice.post("/submit/", {"game": "tic_tac_toe", "name": "Open", "public": "on", "file": file})
    assert Version.objects.get().public


PREPARE = """
import sparring.site, sys
sparring.site.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from sparring.site.accounts.models import User
from sparring.site.publications.models import Publication
from sparring.site.submissions.models import Version
alice = User.objects.create_user("alice", password=None)
version = Version.objects.submit(alice, "tic_tac_toe", "Mine", "a.py", b"class Agent: pass", True)
Publication.objects.request(version)
"""
WORK = """
import sparring.site, sys, threading, os
sparring.site.setup()
from sparring.site.publications.models import Publication
from sparring.site.work.publishing import publish_once
open(sys.argv[1], "w").write(str(os.getpid()))
done = publish_once("w", threading.Event())
row = Publication.objects.get()
print(done, row.state, row.losses, row.commit)
"""


@pytest.mark.parametrize("hook", [pytest.param("pre-receive", marks=pytest.mark.nightly), "post-receive"])
def test_a_worker_killed_while_it_pushes_publishes_the_version_once(tmp_path, remote, hook):
    environment = os.environ | {
        "SPARRING_HOME": str(tmp_path / "arena"),
        "SPARRING_PUBLISH_GIT": str(remote),
        "SPARRING_LEASE_SECONDS": "0.1",
    }
    environment.pop("DATABASE_URL", None)
    kill = remote / "hooks" / hook
    kill.write_text(f"#!/bin/sh\nkill -9 $(cat {tmp_path}/pid)\nexit {int(hook == 'pre-receive')}\n")
    kill.chmod(0o755)
    work = [sys.executable, "-c", WORK, str(tmp_path / "pid")]
    first = [sys.executable, "-c", PREPARE + WORK, str(tmp_path / "pid")]
    killed = subprocess.run(first, env=environment, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    kill.unlink()
    done = subprocess.run(work, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert done == ["True", "done", "1", git(remote, "rev-parse", "main")]
    assert git(remote, "rev-list", "--count", "main") == "1"
