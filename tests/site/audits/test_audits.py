"""The auditor: every stored match is played again, and what does not come out as recorded leaves the ratings."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from sparring.cli.replay import replay as replay_command
from sparring.errors import SparringError
from sparring.site.audits.auditing import Auditor, examine, run_leased_audit
from sparring.site.audits.models import Audit
from sparring.site.audits.skills import Skills
from sparring.site.ladders import publishing
from sparring.site.ladders.models import Ladder, PairResult, RatingPoint, Standing
from sparring.site.matches.models import Duel, Match
from sparring.site.matches.stored import record_of
from sparring.site.seasons.turning import end_season

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(enter):
    return enter("tic_tac_toe", "random"), enter("tic_tac_toe", "minimax:depth=4")


@pytest.fixture
def duel(two, play) -> Duel:
    return play(*two, matches=6)


def audit() -> Audit:
    """One audit of whatever is due."""
    Audit.objects.queue_due()
    leased = Audit.objects.lease("auditor")
    assert leased is not None
    run_leased_audit(leased, threading.Event())
    leased.refresh_from_db()
    return leased


def flip(match: Match, position: int) -> None:
    data = bytearray(match.record)
    data[position] ^= 1
    Match.objects.filter(pk=match.pk).update(record=bytes(data))


def forge(match: Match) -> None:
    """A record with a right digest that tells of an action which was not played."""
    record = match.decoded()
    actions = record.actions.copy()
    actions[-1] = actions[0]
    Match.objects.filter(pk=match.pk).update(record=replace(record, actions=actions).encode())


def counted(duel: Duel) -> dict[str, object]:
    """Everything that a match is counted in."""
    duel.refresh_from_db()
    pair, ladder = PairResult.objects.get(), Ladder.objects.get()
    fields = ("matches", "wins", "draws", "losses", "faults")
    return {
        "duel": (duel.wins_first, duel.wins_second, duel.draws, duel.faults_first, duel.faults_second),
        "standings": list(Standing.objects.order_by("pk").values_list(*fields)),
        "pair": (pair.wins, pair.draws, pair.losses, pair.pairs),
        "ladder": ladder.matches,
    }


def online() -> list[float]:
    """The online ratings of all."""
    return [value for row in Standing.objects.order_by("pk") for value in (row.mu, row.sigma)]


def test_every_new_match_is_looked_at_once(duel):
    done = audit()
    assert (done.state, done.kind, done.matches, done.bad) == ("done", "new", 6, 0)
    assert not Match.objects.filter(audited__isnull=True).exists()
    assert Audit.objects.queue_due().kind == "sample"


def test_samples_are_looked_at_again(duel):
    audit()
    flip(Match.objects.filter(duel=duel).last(), 30)
    again = audit()
    assert (again.kind, again.matches, again.bad) == ("sample", 6, 1)
    assert Audit.objects.queue_due() is None


@pytest.mark.parametrize("position", [0, 5, 25, -1])
def test_a_flipped_byte_is_found(duel, position):
    bad = Match.objects.filter(duel=duel)[2]
    flip(bad, position)
    assert audit().bad == 1
    bad.refresh_from_db()
    assert "digest is wrong" in bad.complaint


def test_a_forged_record_is_found(duel):
    bad = Match.objects.filter(duel=duel)[2]
    forge(bad)
    assert audit().bad == 1
    bad.refresh_from_db()
    assert "is not legal" in bad.complaint


@pytest.mark.parametrize("changed", [{"winner_seat": None, "result": "draw"}, {"plies": 99}])
def test_columns_that_tell_another_story_than_the_record_are_found(duel, changed):
    bad = Match.objects.filter(duel=duel, result="win")[0]
    Match.objects.filter(pk=bad.pk).update(**changed)
    assert audit().bad == 1


def test_bad_matches_count_no_more_anywhere(two, play):
    duel = play(*two, matches=6)
    expected, skills = counted(duel), online()
    extra = Duel.objects.get(pk=play(*two, matches=2).pk)
    for match in Match.objects.filter(duel=extra):
        flip(match, 40)
    assert audit().bad == 2
    assert counted(duel) == expected
    assert online() == pytest.approx(skills)
    extra.refresh_from_db()
    assert extra.points == (0, 0)


def test_online_ratings_are_computed_anew_through_the_end_of_a_season(two, play):
    ladder = Ladder.objects.get()
    play(*two, matches=4)
    bad = play(*two, matches=2)
    end_season(ladder)
    play(*two, matches=4)
    with_it = online()
    for match in Match.objects.filter(duel=bad):
        flip(match, 40)
    assert audit().bad == 2
    assert online() != pytest.approx(with_it)
    Match.objects.filter(duel=bad).update(complaint="")
    Skills(ladder, (), lambda: None).write()
    assert online() == pytest.approx(with_it)


def test_the_ratings_are_fitted_anew_without_it(duel):
    ladder = Ladder.objects.get()
    publishing.refit(ladder)
    before = dict(Standing.objects.values_list("version_id", "rating"))
    flip(Match.objects.filter(duel=duel, result="win").first(), 40)
    audit()
    assert [behind.pk for behind in publishing.behind()] == [ladder.pk]
    publishing.refit(ladder)
    assert dict(Standing.objects.values_list("version_id", "rating")) != before
    assert RatingPoint.objects.exists()


def test_a_match_is_condemned_once(duel):
    bad = Match.objects.filter(duel=duel)[0]
    flip(bad, 40)
    audit()
    after = counted(duel)
    assert audit().bad == 0
    assert counted(duel) == after


def test_the_organiser_is_told_and_nobody_else(duel, admin_client, client, as_alice):
    assert "failed the audit" not in admin_client.get("/").content.decode()
    bad = Match.objects.filter(duel=duel)[0]
    flip(bad, 40)
    audit()
    assert "1 match has failed the audit" in admin_client.get("/").content.decode()
    assert "failed the audit" not in as_alice.get("/").content.decode()
    assert "failed its audit and counts for nobody" in client.get(bad.get_absolute_url()).content.decode()
    assert client.get("/matches/?result=bad").content.decode().count('class="pairing"') == 1


def test_an_audit_that_is_taken_over_counts_once(duel):
    flip(Match.objects.filter(duel=duel)[0], 40)
    Audit.objects.queue_due()
    lost = Audit.objects.lease("first")
    Audit.objects.filter(pk=lost.pk).update(attempt=2)
    run_leased_audit(lost, threading.Event())
    assert not Match.objects.exclude(complaint="").exists()


def test_rules_of_another_version_are_no_complaint(duel):
    match = Match.objects.filter(duel=duel).select_related("duel", "ladder")[0]
    match.record = replace(match.decoded(), rules_version=99).encode()
    assert examine([match]) == [""]


def test_a_worker_audits_for_a_twentieth_of_its_time(duel):
    auditor = Auditor()
    assert auditor.audit("w", threading.Event())
    assert not auditor.audit("w", threading.Event())


def test_a_match_is_found_by_its_number(duel):
    match = Match.objects.filter(duel=duel)[1]
    assert record_of(match.pk).encode() == match.decoded().encode()
    with pytest.raises(SparringError, match="has no match 999999"):
        record_of(999_999)


def test_the_command_line_verifies_a_match_by_its_number(duel, capsys):
    match = Match.objects.filter(duel=duel)[1]
    replay_command(Path(str(match.pk)), verify=True)
    assert capsys.readouterr().out == "The match replays to its recorded outcome.\n"
    flip(match, 40)
    with pytest.raises(SparringError, match="digest is wrong"):
        replay_command(Path(str(match.pk)), verify=True)
