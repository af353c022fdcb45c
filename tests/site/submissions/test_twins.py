"""Submissions with the same contents are recognised, and share one entry on the ladder."""

from __future__ import annotations

import io
import threading
import zipfile

import pytest

from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.models import Registry, manifest_for
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.submissions.models import Build, Check, Version
from sparring.site.work import checks
from sparring.site.work.builds import run_leased_build
from sparring.site.work.checks import run_leased_check
from tests.sandbox.test_programs import network
from tests.site.conftest import PLAYS_FIRST

pytestmark = pytest.mark.django_db
OTHER = PLAYS_FIRST + "# another\n"


@pytest.fixture
def hand_in(monkeypatch):
    """Submit and build; with ``check``, onto the ladder. The matches themselves are not what these tests are about."""
    monkeypatch.setattr(checks, "SELF_TEST_MATCHES", (1,))
    monkeypatch.setattr(checks, "VALIDATION_MATCHES", 2)

    def hand_in_one(user, name, content, filename="agent.py", check=True):
        data = content if isinstance(content, bytes) else content.encode()
        version = Version.objects.submit(user, "tic_tac_toe", name, filename, data)
        run_leased_build(Build.objects.lease("w"), threading.Event())
        if check and (leased := Check.objects.lease("w")):
            run_leased_check(leased, threading.Event())
        version.refresh_from_db()
        return version

    return hand_in_one


def current() -> set[str]:
    return {row.version.label for row in Standing.objects.filter(current=True, version__agent__kind="user")}


def packed(when: int, **files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name.replace("_py", ".py"), (2000 + when, 1, 1, 0, 0, 0)), text)
    return content.getvalue()


def test_the_same_file_of_another_person_says_so_and_shares_the_entry(hand_in, alice, bob, client):
    first, second = hand_in(alice, "Ann", PLAYS_FIRST), hand_in(bob, "Bo", PLAYS_FIRST)
    assert (second.state, second.twin_of) == ("on ladder", first)
    assert Standing.objects.filter(version__agent__kind="user").count() == 1
    page = client.get(second.get_absolute_url()).content.decode()
    assert "Both share one entry on the ladder" in page
    assert first.get_absolute_url() in page
    assert "Bo v1" in client.get(first.get_absolute_url()).content.decode()
    assert "Bo v1" in client.get(Ladder.objects.get().get_absolute_url()).content.decode()


def test_who_packs_the_same_files_anew_has_the_same_contents(hand_in, alice, bob):
    first = hand_in(alice, "Ann", packed(1, agent_py=PLAYS_FIRST, net_py=""), "a.zip", check=False)
    second = hand_in(bob, "Bo", packed(2, net_py="", agent_py=PLAYS_FIRST), "b.zip", check=False)
    third = hand_in(bob, "Cy", packed(2, net_py="x = 1", agent_py=PLAYS_FIRST), "b.zip", check=False)
    assert (second.twin_of, third.twin_of) == (first, None)


def test_a_twin_waits_for_the_first_and_fails_with_it(hand_in, alice, bob):
    source = PLAYS_FIRST.replace("legal_actions[0]", "-1")
    first, second = (hand_in(user, user.username, source, check=False) for user in (alice, bob))
    assert second.state == "built"
    run_leased_check(Check.objects.lease("w"), threading.Event())
    second.refresh_from_db()
    assert (second.state, second.failed_step) == ("failed", "self-tested")
    assert Check.objects.lease("w") is None
    assert hand_in(bob, "Again", source, check=False).twin_of is None, "what has failed stands for nobody"
    assert first.twin_of is None


def test_handing_in_an_older_version_again_makes_it_the_current_one(hand_in, alice):
    hand_in(alice, "Ann", PLAYS_FIRST)
    hand_in(alice, "Ann", OTHER)
    assert current() == {"Ann v2"}
    third = hand_in(alice, "Ann", PLAYS_FIRST)
    assert (third.number, current()) == (3, {"Ann v1"})


def test_an_entry_stays_current_as_long_as_somebody_shares_it(hand_in, alice, bob):
    hand_in(alice, "Ann", PLAYS_FIRST)
    hand_in(bob, "Bo", PLAYS_FIRST)
    hand_in(alice, "Ann", OTHER)
    assert current() == {"Ann v1", "Ann v2"}
    hand_in(alice, "Ann", OTHER + "# third\n")
    assert current() == {"Ann v1", "Ann v3"}


def test_a_model_of_the_registry_is_submitted_without_a_file(as_alice, alice, tmp_path):
    file = network(tmp_path / "net.onnx", [18, 9])
    Registry().publish("tic_tac_toe/ada", {"model.onnx": file}, manifest_for(load_game("tic_tac_toe")))
    fields = {"game": "tic_tac_toe", "name": "Ada", "model": "tic_tac_toe/ada@1"}
    assert as_alice.post("/submit/", fields).status_code == 302
    run_leased_build(Build.objects.lease("w"), threading.Event())
    version = Version.objects.get()
    assert (version.state, version.untrusted) == ("built", False), version.sentence
    with pytest.raises(SparringError, match="plays tic_tac_toe, not connect_four"):
        Version.objects.submit_model(alice, "connect_four", "Ada", "tic_tac_toe/ada")
