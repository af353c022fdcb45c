"""The JSON API: documents, problem documents, submitting with a token."""

from __future__ import annotations

import io
import threading
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sparring.engine import game_names
from sparring.matches import MatchRecord
from sparring.site.accounts.models import ApiToken
from sparring.site.ladders.models import Ladder
from sparring.site.ladders.publishing import refit
from sparring.site.matches.models import Match
from sparring.site.submissions.models import Build, Version
from sparring.site.work.builds import run_leased_build

pytestmark = pytest.mark.django_db
AGENT = b"class Agent:\n    def act(self, observation, legal_actions):\n        return legal_actions[0]\n"


@pytest.fixture
def duel(enter, play):
    duel = play(enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=4"), matches=6)
    refit(Ladder.objects.get())
    return duel


@pytest.fixture
def token(alice):
    return ApiToken.objects.issue(alice, "tests")[1]


def post(client, token, **more):
    fields = {"game": "tic_tac_toe", "name": "Mine", "file": SimpleUploadedFile("agent.py", AGENT)} | more
    return client.post("/api/submissions", fields, headers={"Authorization": f"Bearer {token}"})


def require_problem(answer, status):
    """The sentence of a problem document."""
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert set(document) >= {"type", "title", "status", "detail"}
    assert document["status"] == status
    return document["detail"]


def test_games_are_described(client):
    games = client.get("/api/games").json()
    assert [game["name"] for game in games] == game_names()
    found = client.get("/api/games/connect_four").json()
    assert (found["actions"], found["observation_shape"], found["options"]["connect"]) == (7, [2, 6, 7], 4)
    assert (found["action_kind"], found["action_shape"], found["heads"], found["low"]) == ("discrete", [], [7], [])


def test_heads_and_boxes_are_described(client):
    fight = client.get("/api/games/nh_fight").json()
    assert (fight["action_kind"], fight["action_shape"], sum(fight["heads"])) == (
        "multi_discrete",
        [12],
        fight["actions"],
    )
    sumo = client.get("/api/games/robosumo").json()
    assert (sumo["action_kind"], sumo["actions"], sumo["heads"]) == ("box", 0, [])
    assert len(sumo["low"]) == len(sumo["high"]) == sumo["action_shape"][0]


def test_standings_carry_their_intervals(client, duel):
    rows = client.get("/api/ladders/tic_tac_toe/standings").json()
    assert [row["version"]["name"] for row in rows] == ["minimax:depth-4", "random"]
    assert rows[0]["low"] < rows[0]["rating"] < rows[0]["high"]
    assert sum(rows[0][key] for key in ("wins", "draws", "losses", "faults")) == rows[0]["matches"] == 6


def test_matches_are_listed_newest_first_and_filtered(client, duel):
    listed = client.get("/api/matches?agent=random&limit=4").json()
    assert [row["id"] for row in listed] == sorted((row["id"] for row in listed), reverse=True)
    assert len(listed) == 4
    assert client.get("/api/matches?agent=nobody").json() == []


def test_a_replay_is_every_position_drawn(client, duel):
    match = Match.objects.first()
    replay = client.get(f"/api/matches/{match.pk}/replay").json()
    assert len(replay["frames"]) == match.plies + 1
    assert replay["frames"][0]["svg"].startswith("<svg")
    assert replay["players"] == [version.label for version in match.players]


def test_a_record_is_the_match(client, duel, tmp_path):
    match = Match.objects.first()
    content = client.get(f"/api/matches/{match.pk}/record").content
    assert bytes(match.record) in content
    assert MatchRecord.decode(bytes(match.record)).plies == match.plies


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/api/games/conect_four", "Did you mean 'connect_four'?"),
        ("/api/ladders/tic_tac_to/standings", "Did you mean 'tic_tac_toe'?"),
        ("/api/matches/4711", "There is no match 4711."),
        ("/api/matches/4711/replay", "There is no match 4711."),
        ("/api/agents/4711", "There is no agent 4711."),
        ("/api/nonsense", "There is no page at this address."),
    ],
)
def test_what_is_not_there_is_a_problem_document(client, duel, path, sentence):
    assert sentence in require_problem(client.get(path), 404)


def test_a_parameter_that_makes_no_sense_is_named(client):
    assert "limit" in require_problem(client.get("/api/matches?limit=many"), 422)
    assert "Select a valid choice" in require_problem(client.get("/api/matches?ladder=chess"), 400)


def test_an_agent_is_submitted_with_a_token(client, token, alice):
    answer = post(client, token)
    assert answer.status_code == 201
    version = Version.objects.get()
    assert version.agent.owner == alice
    assert answer.json() | {"state": "uploaded", "label": "Mine v1", "log": ""} == answer.json()


def test_a_build_that_fails_shows_its_step_and_log_to_its_owner(client, token):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("agent.py", "class Agent: act = 1")
        archive.writestr("requirements.txt", "-i https://host.example/\n./wheels/mine.whl\n")
    file = SimpleUploadedFile("mine.zip", content.getvalue())
    headers = {"Authorization": f"Bearer {token}"}
    fields = {"game": "tic_tac_toe", "name": "Mine", "file": file}
    assert client.post("/api/submissions", fields, headers=headers).status_code == 201
    run_leased_build(Build.objects.lease("w"), threading.Event())
    seen = client.get(f"/api/submissions/{Version.objects.get().agent_id}/1", headers=headers).json()
    assert (seen["state"], seen["failed_step"]) == ("failed", "built")
    assert "Line 2 of requirements.txt, './wheels/mine.whl', names no package" in seen["sentence"]
    assert "line 1 of requirements.txt is left out" in seen["build_log"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [({}, "Choose a file to submit."), ({"model": "tic_tac_toe/nobody@1"}, "There is no model 'tic_tac_toe/nobody@1'")],
)
def test_a_submission_without_a_file_or_a_known_model_is_refused(client, token, given, sentence):
    headers = {"Authorization": f"Bearer {token}"}
    answer = client.post("/api/submissions", {"game": "tic_tac_toe", "name": "Mine", **given}, headers=headers)
    assert sentence in require_problem(answer, 400)


def test_how_far_a_submission_has_come_is_for_its_owner(client, token, bob):
    post(client, token)
    agent = Version.objects.get().agent_id
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get(f"/api/submissions/{agent}/1", headers=headers).json()["state"] == "uploaded"
    another = {"Authorization": f"Bearer {ApiToken.objects.issue(bob, 'x')[1]}"}
    assert "You have no submission" in require_problem(client.get(f"/api/submissions/{agent}/1", headers=another), 404)


@pytest.mark.parametrize("given", ["", "spar_wrong"])
def test_without_a_valid_token_nothing_is_submitted(client, given, db):
    answer = post(client, given)
    assert "Make one on your account page" in require_problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"
    assert not Version.objects.exists()


def test_a_session_is_no_token(as_alice):
    require_problem(post(as_alice, ""), 401)


@pytest.mark.parametrize(
    ("given", "status", "sentence"),
    [
        ({"game": "chess960"}, 400, "There is no game 'chess960'."),
        ({"file": SimpleUploadedFile("agent.txt", AGENT)}, 400, "this file is neither"),
        ({"name": "<b>"}, 400, "begins and ends with a letter"),
    ],
)
def test_a_bad_submission_is_a_sentence(client, token, given, status, sentence):
    assert sentence in require_problem(post(client, token, **given), status)


def test_a_body_over_the_limit_is_a_problem_document(client, token, settings):
    settings.SUBMISSION_MAX_MIB = 1
    large = SimpleUploadedFile("agent.zip", b"#" * (3 * 1024 * 1024))
    assert "1 MiB" in require_problem(post(client, token, file=large), 413)


def test_an_error_of_ours_is_a_problem_document_without_a_traceback(client, duel, monkeypatch):
    def fails(*_):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("sparring.site.api.endpoints.frames", fails)
    detail = require_problem(client.get(f"/api/matches/{Match.objects.first().pk}/replay"), 500)
    assert "a bug" not in detail


def test_the_description_is_complete_and_needs_nothing_from_elsewhere(client):
    document = client.get("/api/openapi.json").json()
    assert {"/api/games", "/api/matches/{pk}/replay", "/api/submissions"} <= set(document["paths"])
    page = client.get("/api/").content.decode()
    assert "//" not in page.replace("application/json", "").replace("<!DOCTYPE html>", "")
    assert "/static/ninja/swagger-ui-bundle.js" in page
