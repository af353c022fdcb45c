"""From upload to ladder, in the real sandbox."""

from __future__ import annotations

import io
import threading
import zipfile
from datetime import timedelta

import pytest

from sparring.site.ladders.models import Ladder, Standing
from sparring.site.matches.models import Duel, Match
from sparring.site.submissions.models import Agent, Build, Check, Version
from sparring.site.tournaments.models import Tournament
from sparring.site.tournaments.running import hold_tournaments
from sparring.site.work import checks, players
from sparring.site.work.builds import run_leased_build
from sparring.site.work.checks import run_leased_check
from sparring.site.work.duels import play_leased_duel

pytestmark = pytest.mark.django_db
HEAD = "class Agent:\n    def act(self, observation, legal_actions):\n        "


@pytest.fixture(autouse=True)
def _sandbox() -> None:
    assert players.missing_sandbox() is None


@pytest.fixture
def check(alice):
    """Submit a file and take it through its checks."""

    def check_one(source, filename="agent.py", game="tic_tac_toe", options=None):
        data = source if isinstance(source, bytes) else source.encode()
        Agent.objects.of_person(alice, game, "Mine", options)
        version = Version.objects.submit(alice, game, "Mine", filename, data)
        run_leased_build(Build.objects.lease("w"), threading.Event())
        if check := Check.objects.lease("w"):
            run_leased_check(check, threading.Event())
        version.refresh_from_db()
        return version

    return check_one


def test_a_sound_agent_reaches_the_ladder_with_its_validation_matches(check):
    version = check(HEAD + "return legal_actions[0]\n")
    assert version.state == "on ladder", version.sentence
    standing = Standing.objects.get(version=version)
    assert (standing.matches, standing.faults) == (checks.VALIDATION_MATCHES, 0)
    assert Duel.objects.get().reason.startswith("Validation")
    assert Match.objects.count() == checks.VALIDATION_MATCHES


@pytest.mark.parametrize(
    ("game", "options", "seats", "matches"),
    [("liars_dice", {"seats": 3}, 3, 12), ("gym:FrozenLake-v1", {}, 1, 10)],
    ids=["at a table", "alone"],
)
def test_an_agent_for_a_table_or_for_one_seat_is_checked_there_and_enters_that_ladder(
    check, game, options, seats, matches
):
    version = check(HEAD + "return legal_actions[0]\n", game=game, options=options)
    assert version.state == "on ladder", version.sentence
    standing = Standing.objects.get(version=version)
    assert (standing.ladder.options, standing.ladder.seats, standing.matches) == (options, seats, 0)
    duel = Duel.objects.get()
    assert (duel.state, duel.rated, len(duel.versions)) == ("done", False, seats)
    assert [len(match.players) for match in Match.objects.all()] == [seats] * matches
    assert Agent.objects.get(name="Mine").options == options


def test_an_edition_at_a_table_is_played_to_its_end_with_an_agent_in_a_sandbox(check, enter, client):
    options = {"seats": 3}
    for name in ("one", "other"):
        enter("liars_dice", "random", name=name, options=options)
    version = check(HEAD + "return legal_actions[0]\n", game="liars_dice", options=options)
    Standing.objects.exclude(version__agent__name="random").update(matches=4)
    ladder = Ladder.objects.get(seats=3)
    edition = Tournament.objects.create(slug="cup", title="Cup", ladder=ladder, kind="swiss", matches=3).begin()
    while hold_tournaments():
        while (duel := Duel.objects.lease("w")) is not None:
            play_leased_duel(duel, threading.Event())
    edition.refresh_from_db()
    assert edition.state == "done"
    assert edition.entries.get(version=version).mean is not None
    assert version.label in client.get(edition.get_absolute_url()).content.decode()
    assert {duel.state for duel in Duel.objects.all()} == {"done"}


def test_an_agent_that_crashes_is_rejected_at_the_self_test_with_its_log(check):
    version = check(HEAD + "print('so far so good')\n        return 1 // 0\n")
    assert (version.state, version.failed_step) == ("failed", "self-tested")
    assert "ZeroDivisionError" in version.sentence
    assert "so far so good" in version.log
    assert not Standing.objects.filter(version=version).exists()


@pytest.mark.parametrize(
    ("answer", "says"),
    [("return 'left'", "integer"), ("return 99", "outside"), ("return True", "integer")],
    ids=["text", "out of range", "bool"],
)
def test_an_agent_that_answers_something_else_than_an_action_is_rejected(check, answer, says):
    version = check(HEAD + answer)
    assert version.failed_step == "self-tested"
    assert says in version.sentence


def test_a_file_without_the_class_is_rejected_by_its_own_name(check):
    version = check("x = 1\n", filename="my_bot.py")
    assert version.failed_step == "built"
    assert "my_bot.py defines no class Agent" in version.sentence


def test_a_zip_that_is_none_is_rejected(check):
    version = check(b"PK but not really", filename="bot.zip")
    assert version.failed_step == "built"
    assert "bot.zip" in version.sentence


def test_a_zip_that_climbs_out_is_rejected(check):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("agent.py", HEAD + "return legal_actions[0]\n")
        archive.writestr("../../evil.py", "x = 1")
    version = check(content.getvalue(), filename="bot.zip")
    assert version.failed_step == "built"
    assert "climbs" in version.sentence


def test_a_check_that_is_taken_over_goes_on_at_the_step_it_was_at(check, alice, monkeypatch):
    version = Version.objects.submit(alice, "tic_tac_toe", "Mine", "a.py", (HEAD + "return legal_actions[0]").encode())
    run_leased_build(Build.objects.lease("lost"), threading.Event())
    first = Check.objects.lease("lost")
    first.pass_step(first.attempt, Version.State.SELF_TESTED)
    first.put_back(first.attempt, timedelta(0), "")
    monkeypatch.setattr(checks, "_self_test", lambda *_: pytest.fail("the self-test was passed already"))
    run_leased_check(Check.objects.lease("next"), threading.Event())
    version.refresh_from_db()
    assert version.state == "on ladder"


def test_without_a_sandbox_a_submission_waits_and_says_why(alice, monkeypatch):
    monkeypatch.setattr(players, "missing_sandbox", lambda: "Install bubblewrap.")
    version = Version.objects.submit(alice, "tic_tac_toe", "Mine", "a.py", b"class Agent: pass")
    run_leased_build(Build.objects.lease("w"), threading.Event())
    version.refresh_from_db()
    assert (version.state, version.build_item.state) == ("uploaded", "waiting")
    assert "Install bubblewrap." in version.sentence
    assert Build.objects.lease("w") is None


def test_a_fault_on_the_ladder_loses_the_match_and_is_counted_apart(alice, enter, play):
    source = (
        "class Agent:\n    def reset(self, game, seat, seed):\n        self.seat = seat\n"
        "    def act(self, observation, legal_actions):\n        return legal_actions[0] if self.seat == 0 else -1\n"
    )
    version = Version.objects.submit(alice, "tic_tac_toe", "Half", "a.py", source.encode())
    opponent = enter("tic_tac_toe", "random")
    Standing.objects.get(version=opponent).ladder.enter(version)
    duel = play(version, opponent, matches=4)
    standing = Standing.objects.get(version=version)
    assert duel.faults_first == standing.faults == 2
    assert standing.losses == duel.wins_second
    assert Standing.objects.get(version=opponent).wins == duel.wins_second + 2
