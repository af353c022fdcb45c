"""What every answer carries, and what no page may hold."""

from __future__ import annotations

import re
import stat

import pytest
from django.conf import settings
from django.test import Client
from django.utils.encoding import force_bytes

from sparring.site.matches.models import Duel, Match
from sparring.site.secret_key import secret_key

pytestmark = pytest.mark.django_db
PAGES = [
    "/",
    "/ladders/",
    "/ladders/tic_tac_toe/",
    "/games/",
    "/games/tic_tac_toe/",
    "/matches/",
    "/matches/MATCH/",
    "/duels/DUEL/",
    "/agents/",
    "/agents/AGENT/",
    "/runs/",
    "/submit/",
    "/submissions/",
    "/account/",
    "/account/password/set/",
    "/api/",
    "/nothing-here/",
]


@pytest.fixture
def arena(enter, play, admin_client):
    play(enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=1", kind="learner"), matches=2)
    return admin_client


def address(path):
    duel = Duel.objects.get()
    numbers = {"MATCH": Match.objects.first().pk, "DUEL": duel.pk, "AGENT": duel.second.agent_id}
    return re.sub("[A-Z]{4,}", lambda found: str(numbers[found.group()]), path)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_only_the_sites_own_scripts_and_styles(arena, path):
    answer = arena.get(address(path))
    page = answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    scripts = re.findall(r"<script(?![^>]*application/json)([^>]*)>", page)
    assert all("src=" in script for script in scripts)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", page)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fetches_nothing_from_elsewhere(arena, path):
    page = arena.get(address(path)).content.decode()
    fetched = re.findall(r'(?:src|href|action|hx-get|data)="((?:https?:)?//[^"]*)"', page)
    assert fetched == []


@pytest.mark.parametrize("path", ["/", "/api/ladders", "/static/site.css"])
def test_answers_carry_their_guards(client, path):
    answer = client.get(path)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_stranger_host_is_refused(client):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("path", ["/runs/", "/api/ladders"])
def test_an_error_of_ours_is_a_sentence_and_no_traceback(path, monkeypatch):
    def fails(*_, **__):
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr("sparring.site.runs.views.render", fails)
    monkeypatch.setattr("sparring.site.api.endpoints.LadderDocument.of", fails)
    monkeypatch.setattr("sparring.site.api.endpoints.Ladder.objects.all", fails)
    answer = Client(raise_request_exception=False).get(path)
    assert answer.status_code == 500
    assert "The arena made a mistake" in answer.content.decode()
    assert "secret detail" not in answer.content.decode()


def test_the_key_is_made_once_and_for_its_owner_only(data_folder):
    first = secret_key()
    path = data_folder / "secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().strip() == first == secret_key()
    assert len(first) >= 50


def test_every_arena_has_a_key_of_its_own(data_folder, tmp_path, monkeypatch):
    first = secret_key()
    monkeypatch.setenv("SPARRING_HOME", str(tmp_path / "another"))
    assert secret_key() != first


def test_the_key_that_signs_is_the_one_in_the_file(data_folder):
    assert force_bytes(settings.SECRET_KEY).decode() == (data_folder / "secret_key").read_text().strip()
