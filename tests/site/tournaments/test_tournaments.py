"""Tournaments on the site: begun when due, played by workers, each pair once, and replayable from their ledger."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from sparring.site.ladders.models import Ladder, Standing
from sparring.site.matches.models import Duel
from sparring.site.tournaments.models import Bout, Edition, Tournament
from sparring.site.tournaments.running import hold_tournaments
from sparring.site.tournaments.tallies import write_means
from sparring.site.work.duels import play_leased_duel

pytestmark = pytest.mark.django_db


@pytest.fixture
def field(enter):
    """Versions that have played, the first entered strongest by rating."""

    def make(count):
        versions = [enter("tic_tac_toe", "random", name=f"agent-{number}") for number in range(count)]
        for number, version in enumerate(versions):
            Standing.objects.filter(version=version).update(rating=1000 - number, matches=10)
        return versions

    return make


@pytest.fixture
def tournament(db):
    def make(kind="round_robin", **more):
        ladder = Ladder.objects.for_game("tic_tac_toe")
        return Tournament.objects.create(
            slug=kind, title="The cup", ladder=ladder, kind=kind, matches=more.pop("matches", 2), **more
        )

    return make


def play_all() -> int:
    """Work until no duel waits and no tournament moves; how many duels were played."""
    played = 0
    while hold_tournaments() or Duel.objects.open().exists():
        while (duel := Duel.objects.lease("test")) is not None:
            play_leased_duel(duel, threading.Event())
            played += 1
    return played


@pytest.mark.parametrize(
    ("kind", "settings", "duels"),
    [
        ("round_robin", {"cycles": 2}, 20),
        ("swiss", {}, 6),
        ("gauntlet", {"challengers": 1}, 4),
        ("final", {"stages": [[5, "round_robin"], [2, "round_robin"]]}, 11),
    ],
)
def test_an_edition_is_played_to_its_end_and_everybody_gets_a_place(field, tournament, kind, settings, duels):
    field(5)
    edition = tournament(kind, settings=settings).begin()
    assert play_all() == duels
    edition.refresh_from_db()
    assert edition.state == "done"
    assert edition.finished is not None
    assert edition.bouts.count() == duels
    places = sorted(edition.entries.values_list("place", flat=True))
    assert places[0] == 1
    assert len(places) == 5
    assert all(bout.duel.reason.startswith("The cup 1: ") for bout in edition.bouts.filter(reused=False))


@pytest.mark.parametrize("kind", ["knock_out", "double_knock_out"])
def test_a_knock_out_ends_with_one_who_was_not_beaten_too_often(field, tournament, client, kind):
    field(4)
    edition = tournament(kind).begin()
    play_all()
    edition.refresh_from_db()
    assert edition.state == "done"
    assert edition.entries.filter(place=1).count() == 1
    assert "Final</h2>" in client.get(edition.get_absolute_url()).content.decode()


def test_a_second_edition_plays_only_pairs_that_are_new(field, tournament, enter):
    field(4)
    cup = tournament()
    first = cup.begin()
    assert play_all() == 6
    assert cup.begin().bouts.count() == 0
    assert play_all() == 0
    newcomer = enter("tic_tac_toe", "random", name="newcomer")
    Standing.objects.filter(version=newcomer).update(rating=2000, matches=10)
    third = cup.begin()
    assert play_all() == 4
    assert third.bouts.filter(reused=True).count() == 6
    same = {entry.version_id: entry.seed for entry in third.entries.all()}
    for bout in first.bouts.all():
        again = third.bouts.get(duel=bout.duel)
        seeds = {entry.seed: entry.version_id for entry in first.entries.all()}
        points = {same[seeds[bout.first]]: bout.result().points, same[seeds[bout.second]]: 1 - bout.result().points}
        assert again.result().points == pytest.approx(points[again.first])


def test_a_knock_out_plays_no_pair_of_the_same_versions_again(field, tournament):
    field(4)
    cup = tournament("knock_out")
    first = cup.begin()
    assert play_all() >= 3
    second = cup.begin()
    assert play_all() == 0
    assert not second.bouts.filter(reused=False).exists()
    assert second.entries.get(place=1).version == first.entries.get(place=1).version


def test_the_ledger_gives_the_same_pairings_again(field, tournament):
    field(6)
    edition = tournament("swiss").begin()
    play_all()
    results, replayed = edition.results(), []
    for bout in edition.bouts.order_by("pk"):
        open_then = edition.format().pairings(replayed)
        wanted = [(each.round, each.first, each.second, each.reason) for each in open_then]
        assert (bout.round, bout.first, bout.second, bout.reason) in wanted
        replayed.append(next(each for each in results if (each.round, each.first) == (bout.round, bout.first)))


def test_an_edition_begins_by_itself_when_its_hour_has_come_or_the_field_has_changed(field, tournament, enter):
    field(3)
    hourly, changing = tournament(every_hours=1), tournament("gauntlet", when_field_changes=True)
    assert hold_tournaments()
    assert (hourly.editions.count(), changing.editions.count()) == (1, 1)
    play_all()
    assert not hold_tournaments()
    Edition.objects.filter(tournament=hourly).update(started=timezone.now() - timedelta(hours=2))
    newcomer = enter("tic_tac_toe", "random", name="newcomer")
    assert hold_tournaments()
    assert (hourly.editions.count(), changing.editions.count()) == (2, 1)
    play_all()
    Standing.objects.filter(version=newcomer).update(matches=10)
    hold_tournaments()
    assert changing.editions.count() == 2


def test_two_workers_queue_no_pairing_twice(field, tournament):
    field(4)
    edition = tournament().begin()
    assert hold_tournaments()
    assert not hold_tournaments()
    pairs = [(bout.first, bout.second) for bout in edition.bouts.all()]
    assert len(pairs) == len(set(pairs)) == 4
    with pytest.raises(Exception, match=r"one_bout_a_pairing|UNIQUE"):
        Bout.objects.create(
            edition=edition, duel=edition.bouts.first().duel, round=1, first=pairs[0][0], second=pairs[0][1]
        )


def test_an_edition_that_cannot_go_on_holds_up_no_other(field, tournament):
    field(3)
    broken, sound = tournament("swiss").begin(), tournament("gauntlet").begin()
    Tournament.objects.filter(slug="swiss").update(settings={"laps": 3})
    play_all()
    broken.refresh_from_db()
    sound.refresh_from_db()
    assert (broken.state, sound.state) == ("running", "done")


def test_a_version_that_can_play_no_more_loses_its_duels(field, tournament):
    versions = field(2)
    edition = tournament().begin()
    hold_tournaments()
    Duel.objects.update(state="failed")
    Standing.objects.withdraw(versions[0], "It is gone.")
    hold_tournaments()
    assert edition.entries.get(place=1).version == versions[1]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "swiss", "settings": {"round": 3}}, "has no setting 'round'"),
        ({"kind": "final", "settings": {"stages": [[4, "swiss"], [8, "swiss"]]}}, "fewer entries than the one before"),
        ({"kind": "final"}, "pairs of entries and format"),
        ({"kind": "round_robin", "settings": {"cycles": "two"}}, "can't be 'two'"),
        ({"matches": 3}, "An even number"),
        ({"field": 1}, "Between 2 and 512"),
        ({"seats": 3, "matches": 20}, "A multiple of 3"),
        ({"seats": 3, "matches": 21, "field": 2}, "Between 3 and 128"),
        ({"seats": 3, "matches": 21, "kind": "double_knock_out"}, "two lives is for games of two seats"),
        ({"seats": 3, "matches": 21, "kind": "gauntlet", "settings": {"challengers": 3}}, "at most 2, not 3"),
        ({"seats": 3, "matches": 21, "kind": "final", "settings": {"stages": [[2, "swiss"]]}}, "at least 3 entries"),
        ({"seats": 1, "kind": "swiss"}, "nobody meets anybody"),
        ({"seats": 1, "kind": "final", "settings": {"stages": [[8, "swiss"], [4, "swiss"]]}}, "'round_robin'"),
    ],
)
def test_what_cannot_be_is_said_in_the_form(fields, sentence):
    ladder = Ladder.objects.for_game("tic_tac_toe")
    fields = dict(fields)
    ladder.seats = fields.pop("seats", 2)
    chosen = {"slug": "cup", "title": "Cup", "ladder": ladder} | fields
    with pytest.raises(ValidationError, match=sentence):
        Tournament(**chosen).full_clean()


def test_the_organiser_sets_one_up_at_the_desk_and_begins_it(field, admin_client):
    field(3)
    ladder = Ladder.objects.get()
    asked = {"slug": "cup", "title": "Cup", "ladder": ladder.pk, "kind": "swiss", "settings": '{"rounds": 2}'}
    answer = admin_client.post("/desk/tournaments/tournament/add/", asked | {"field": 8, "matches": 2})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    cup = Tournament.objects.get()
    chosen = {"action": "begin", "_selected_action": cup.pk}
    page = admin_client.post("/desk/tournaments/tournament/", chosen, follow=True).content.decode()
    assert "Cup 1 has begun." in page
    assert cup.editions.get().entries.count() == 3
    where = f"/desk/tournaments/tournament/{cup.pk}/change/"
    during = admin_client.get(where).content.decode()
    offered = ("ladder", "kind", "settings", "matches", "field")
    assert [name for name in offered if f'name="{name}"' in during] == ["field"]
    Edition.objects.update(state="done")
    after = admin_client.get(where).content.decode()
    assert [name for name in offered if f'name="{name}"' in after] == ["settings", "matches", "field"]


def test_pages_show_table_rounds_and_reasons(field, tournament, client):
    field(5)
    assert "No tournament yet" in client.get("/tournaments/").content.decode()
    cup = tournament("swiss")
    assert "No edition has begun yet" in client.get(cup.get_absolute_url()).content.decode()
    edition = cup.begin()
    hold_tournaments()
    running = client.get(cup.get_absolute_url()).content.decode()
    assert "every 2s" in running
    play_all()
    page = client.get(edition.get_absolute_url()).content.decode()
    assert "every 2s" not in page
    assert page.count('<section class="panel">') == 3
    assert page.count("a bye, worth a win") == 3
    best = edition.entries.order_by("place").first().version.label
    assert best in client.get("/tournaments/").content.decode()
    assert client.get("/tournaments/nowhere/").status_code == 404
    assert client.get(f"{cup.get_absolute_url()}9/").status_code == 404


def enter_field(enter, game, specs, **options):
    """Versions of a game, the first entered strongest by rating."""
    for number, spec in enumerate(specs):
        version = enter(game, spec, name=f"agent-{number}", options=options)
        Standing.objects.filter(version=version).update(rating=1000 - number, matches=10)
    return Ladder.objects.for_game(game, options)


@pytest.fixture
def at_tables(enter):
    """A ladder of liars for three, with five of them."""
    return enter_field(enter, "liars_dice", ["random"] * 5, seats=3)


@pytest.mark.parametrize(
    ("kind", "settings", "tables"),
    [
        ("round_robin", {}, 5),
        ("swiss", {"rounds": 2}, 2),
        ("knock_out", {}, 2),
        ("gauntlet", {}, 2),
        ("final", {"stages": [[5, "swiss"], [3, "round_robin"]]}, 4),
    ],
)
def test_at_tables_every_format_is_played_to_its_end(at_tables, kind, settings, tables, client):
    cup = Tournament.objects.create(slug=kind, title="The cup", ladder=at_tables, kind=kind, matches=3)
    Tournament.objects.filter(pk=cup.pk).update(settings=settings)
    edition = Tournament.objects.get().begin()
    played = play_all()
    assert len({(bout.round, bout.game, bout.players) for bout in edition.bouts.all()}) == tables
    assert played == edition.bouts.count() == tables + edition.bouts.filter(reason__contains=", again after").count()
    edition.refresh_from_db()
    assert edition.state == "done"
    assert sorted(edition.entries.values_list("place", flat=True))[0] == 1
    for bout in edition.bouts.all():
        seatings = {tuple(version.pk for version in match.players) for match in bout.duel.match_rows.all()}
        assert len({match.decoded().seed for match in bout.duel.match_rows.all()}) == 1
        assert [len(set(seat)) for seat in zip(*seatings, strict=True)] == [3, 3, 3]
        assert sum(sum(seed) for seed in bout.tally) == pytest.approx(1.5)
    page = client.get(edition.get_absolute_url()).content.decode()
    assert "Mean place" in page
    assert "tables of 3, with 3 matches" in page
    assert page.count("at-table") == 3 * played
    assert ("rested once, for half a point" in page) == (kind == "swiss")


def test_at_a_table_who_was_together_before_does_not_sit_down_again(at_tables):
    cup = Tournament.objects.create(slug="cup", title="The cup", ladder=at_tables, matches=6)
    first = cup.begin()
    assert play_all() == 5
    Standing.objects.filter(version__agent__name="agent-4").update(rating=2000)
    second = cup.begin()
    assert play_all() <= 3
    assert second.bouts.filter(reused=True).count() >= 2
    for bout in second.bouts.filter(reused=True):
        again, before = (
            {
                edition.entries.get(seed=seed).version_id: sum(points)
                for seed, points in zip(played.players, zip(*played.tally, strict=True), strict=True)
            }
            for edition, played in ((second, bout), (first, first.bouts.get(duel=bout.duel)))
        )
        assert again == pytest.approx(before)
    ladder = Ladder.objects.get(pk=at_tables.pk)
    assert ladder.matches == 6 * Duel.objects.count()
    entry = first.entries.order_by("place").first()
    assert 1 <= entry.low <= entry.mean <= entry.high <= 3


def test_what_never_varied_has_no_interval_and_the_best_of_a_table_stand_out_together(at_tables, client):
    edition = Tournament.objects.create(slug="cup", title="Cup", ladder=at_tables, kind="swiss", matches=6).begin()
    hold_tournaments()
    seeds = [[0.75, 0.0, 0.75], [0.75, 0.25, 0.5]]
    Bout.objects.update(tally=seeds)
    Duel.objects.update(state="done")
    bouts, entries = list(edition.bouts.all()), {entry.seed: entry for entry in edition.entries.all()}
    write_means(entries, bouts, 3)
    first, second, third = (entries[seed] for seed in bouts[0].players)
    assert (first.mean, first.low) == (1.5, None)
    assert second.low < second.mean < second.high
    assert third.low < third.mean
    Bout.objects.update(tally=[[0.75, 0.0, 0.75]])
    assert client.get(edition.get_absolute_url()).content.decode().count('<span class="won">') == 2


def test_alone_all_play_the_same_seeds_and_the_mean_return_ranks(enter, client):
    ladder = enter_field(enter, "gym:FrozenLake-v1", ["random"] * 2)
    cup = Tournament.objects.create(slug="ice", title="Ice", ladder=ladder, matches=10, settings={"cycles": 2})
    edition = cup.begin()
    assert play_all() == 4
    seeds = [
        [match.decoded().seed for match in bout.duel.match_rows.order_by("index")]
        for bout in edition.bouts.order_by("pk")
    ]
    assert seeds[0] == seeds[1] != seeds[2] == seeds[3]
    best, other = edition.entries.order_by("place", "seed")
    assert best.mean >= other.mean
    assert best.deviation is not None
    if best.deviation > 0:  # whoever plays at random hardly ever crosses the ice
        assert best.low <= best.mean <= best.high
    else:
        assert (best.low, best.high) == (None, None)
    assert (ladder.standings.first().returns, Duel.objects.filter(rated=True).count()) == ([], 0)
    assert "Mean return" in client.get(edition.get_absolute_url()).content.decode()
    enter_field(enter, "gym:FrozenLake-v1", ["random"] * 3)
    again = cup.begin()
    assert play_all() == 2
    assert again.bouts.filter(reused=True).count() == 4


def test_a_version_that_can_play_no_more_comes_last_at_its_tables(at_tables):
    edition = Tournament.objects.create(slug="cup", title="Cup", ladder=at_tables, kind="swiss", matches=3).begin()
    hold_tournaments()
    duel = Duel.objects.get()
    Duel.objects.update(state="failed")
    Standing.objects.withdraw(duel.first, "It is gone.")
    hold_tournaments()
    (first,) = edition.results()[:1]
    assert first.points == (0.0, 0.75, 0.75)


def park(duel):
    Duel.objects.filter(pk=duel.pk).update(state="parked", failure="It went wrong 5 times.", finished=timezone.now())


def test_a_parked_duel_is_shown_and_tried_again_or_counted_as_void(field, tournament, client, admin_client):
    field(2)
    edition = tournament("knock_out").begin()
    hold_tournaments()
    park(Duel.objects.get())
    assert not hold_tournaments()
    page, theirs = (each.get(edition.get_absolute_url()).content.decode() for each in (admin_client, client))
    assert "It went wrong 5 times." in page
    assert "It went wrong 5 times." not in theirs
    assert "waits until the organiser" in theirs
    decide = f"/desk/work/duel/{Duel.objects.get().pk}/"
    answer = admin_client.post(decide, {"decision": "again", "next": edition.get_absolute_url()})
    assert answer.url == edition.get_absolute_url()
    assert Duel.objects.get().state == "waiting"
    park(Duel.objects.get())
    assert admin_client.post(decide, {"decision": "give up", "next": "https://elsewhere.example/"}).url == "/desk/work/"
    play_all()
    edition.refresh_from_db()
    assert (edition.state, Duel.objects.count()) == ("done", 1)
    assert edition.entries.get(place=1).seed == 0
    assert "void" in client.get(edition.get_absolute_url()).content.decode()


def test_a_parked_duel_holds_up_no_other_one(field, tournament):
    field(5)
    edition = tournament().begin()
    hold_tournaments()
    for duel in Duel.objects.all():
        park(duel)
    play_all()
    assert edition.bouts.filter(duel__state="done").count() == 6
