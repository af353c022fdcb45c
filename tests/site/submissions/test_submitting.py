"""The submission form, and who sees what of a submission."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sparring.site.ladders.models import Ladder
from sparring.site.submissions import artefacts
from sparring.site.submissions.models import MOST_WAITING, Agent, Build, Check, Version

pytestmark = pytest.mark.django_db
AGENT = b"class Agent:\n    def act(self, observation, legal_actions):\n        return legal_actions[0]\n"


def submit(client, name="First try", game="tic_tac_toe", filename="agent.py", content=AGENT):
    file = SimpleUploadedFile(filename, content)
    return client.post("/submit/", {"game": game, "name": name, "file": file})


def test_a_submission_is_stored_queued_and_shown(as_alice, alice):
    answer = submit(as_alice)
    version = Version.objects.get()
    assert answer.url == version.get_absolute_url()
    assert version.agent.owner == alice
    assert artefacts.path_of(version.artefact).read_bytes() == AGENT
    assert Build.objects.get().version == version
    assert "First try v1" in as_alice.get("/submissions/").content.decode()


def test_stored_files_are_for_the_arena_only(as_alice):
    submit(as_alice)
    path = artefacts.path_of(Version.objects.get().artefact)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_the_same_name_again_is_the_next_version(as_alice):
    submit(as_alice)
    submit(as_alice, content=AGENT + b"# better\n")
    assert list(Version.objects.order_by("pk").values_list("agent__name", "number")) == [
        ("First try", 1),
        ("First try", 2),
    ]


def test_an_agent_may_be_for_a_ladder_of_the_organiser_s_own(as_alice):
    Ladder.objects.create(slug="snakes-seats-4", game="snakes", options={"seats": 4}, seats=4, title="Four snakes")
    form = as_alice.get("/submit/?game=snakes-seats-4").content.decode()
    assert '<option value="snakes-seats-4" selected>Four snakes (seats 4)</option>' in form
    submit(as_alice, name="Viper", game="snakes-seats-4")
    agent = Agent.objects.get()
    assert (agent.game, agent.options) == ("snakes", {"seats": 4})
    assert "seats 4" in as_alice.get("/submissions/").content.decode()
    refused = submit(as_alice, name="Viper", game="snakes").content.decode()
    assert "Your agent &#x27;Viper&#x27; plays on another ladder of this game" in refused
    assert Version.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"filename": "agent.exe"},
            "An agent is one .py file, a .zip, an .onnx network or the .tar of a container image;",
        ),
        ({"content": b""}, "This file is empty."),
        ({"name": ""}, "Give your agent a name."),
        ({"name": "<script>"}, "begins and ends with a letter or digit"),
        ({"name": "x" * 41}, "A name has at most 40 characters."),
        ({"game": "chess960"}, "There is no game &#x27;chess960&#x27;."),
    ],
)
def test_what_is_wrong_is_a_sentence_in_the_form(as_alice, given, sentence):
    answer = submit(as_alice, **given)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not Version.objects.exists()


def test_a_form_without_a_file_says_so(as_alice):
    answer = as_alice.post("/submit/", {"game": "tic_tac_toe", "name": "First try"})
    assert "Choose a file to submit." in answer.content.decode()


def test_a_file_over_the_limit_is_refused(as_alice, settings):
    settings.SUBMISSION_MAX_MIB = 1
    answer = submit(as_alice, content=b"#" * (1024 * 1024 + 1))
    assert answer.status_code == 400
    assert "1 MiB are allowed" in answer.content.decode()


def test_a_body_far_over_the_limit_is_not_even_read(as_alice, settings):
    settings.SUBMISSION_MAX_MIB = 1
    answer = submit(as_alice, content=b"#" * (3 * 1024 * 1024))
    assert answer.status_code == 413
    assert "a submission can have 1 MiB" in answer.content.decode()


def test_the_name_of_another_persons_agent_is_taken(client, alice, bob):
    client.force_login(bob)
    submit(client)
    client.force_login(alice)
    answer = submit(client)
    assert "Another agent is already called &#x27;First try&#x27;; choose another name." in answer.content.decode()


def test_one_person_does_not_fill_the_queue(as_alice):
    for number in range(MOST_WAITING):
        submit(as_alice, name=f"agent {number}")
    answer = submit(as_alice, name="one more")
    assert answer.status_code == 400
    assert "still being checked" in answer.content.decode()


def test_a_log_is_for_its_owner_and_the_organiser_only(client, alice, bob, admin_user):
    version = Version.objects.submit(alice, "tic_tac_toe", "Mine", "a.py", AGENT)
    Version.objects.update(log="my secret plan")
    seen = {}
    for name, user in {"nobody": None, "bob": bob, "alice": alice, "organiser": admin_user}.items():
        client.logout()
        if user is not None:
            client.force_login(user)
        seen[name] = "my secret plan" in client.get(version.get_absolute_url()).content.decode()
    assert seen == {"nobody": False, "bob": False, "alice": True, "organiser": True}


def test_a_failed_submission_says_at_which_step_and_why(as_alice, alice):
    version = Version.objects.submit(alice, "tic_tac_toe", "Mine", "a.py", AGENT)
    build = Build.objects.lease("w")
    build.succeed(build.attempt, "")
    check = Check.objects.lease("w")
    check.reject(check.attempt, Version.State.SELF_TESTED, "It crashed: ZeroDivisionError", "log")
    page = as_alice.get(version.get_absolute_url()).content.decode()
    assert '<li class="failed">self-tested</li>' in page
    assert "It crashed: ZeroDivisionError" in page
    assert "hx-trigger" not in page
    assert "failed: not self-tested</span>" in as_alice.get("/submissions/").content.decode()


def test_a_submission_under_way_keeps_its_page_fresh(as_alice, alice):
    version = Version.objects.submit(alice, "tic_tac_toe", "Mine", "a.py", AGENT)
    page = as_alice.get(version.get_absolute_url()).content.decode()
    assert 'hx-trigger="every 2s"' in page
    live = as_alice.get(version.get_absolute_url(), headers={"HX-Request": "true"}).content.decode()
    assert live.startswith('<div id="version"')


def test_submitting_needs_an_account(client):
    assert submit(client).status_code == 302
    assert not Version.objects.exists()


def test_forms_are_guarded_against_other_sites(alice):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = submit(client)
    assert answer.status_code == 403
    assert "This form has grown stale" in answer.content.decode()
