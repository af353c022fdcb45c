"""Pages of tournaments: what there is, and each edition with its table, rounds and bracket."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from sparring.matches.tournaments import Place, Swiss
from sparring.matches.tournaments.stages import STAGE
from sparring.matches.tournaments.tables import TableSwiss
from sparring.matches.tournaments.tables.swiss import BYE
from sparring.site.accounts.requests import PersonalRequest
from sparring.site.ladders.polling import unchanged
from sparring.site.tournaments.formats import BRACKETS
from sparring.site.tournaments.models import MOST_WORDS, Bout, Edition, Entry, Tournament
from sparring.site.tournaments.running import call_off
from sparring.site.tournaments.tallies import means


@dataclass(frozen=True)
class Row:
    """A line of an edition's table."""

    place: int
    entry: Entry
    score: float
    won: int
    drawn: int
    lost: int
    points: float = 0.0
    """Over all tables."""
    tables: int = 0
    """At how many it has played."""
    rests: int = 0
    """Rounds of a Swiss in which nobody was left to meet: each a win, or at tables half a point."""


@require_safe
def tournaments(request: HttpRequest) -> HttpResponse:
    rows = Tournament.objects.select_related("ladder").prefetch_related("editions")
    latest = [(row, _latest(row)) for row in rows]
    shown = [
        (row, edition, _table(edition, _entries(edition), edition.counted())[:3] if edition else [])
        for row, edition in latest
    ]
    return render(request, "tournaments/tournaments.html", {"tournaments": shown})


@require_safe
def tournament(request: HttpRequest, slug: str) -> HttpResponse:
    found = _tournament(slug)
    latest = _latest(found)
    if latest is None:
        return render(request, "tournaments/edition.html", {"tournament": found, "edition": None})
    return render(request, "tournaments/edition.html", _context(latest))


@require_safe
def edition(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    return render(request, "tournaments/edition.html", _context(_edition(slug, number)))


@require_safe
def live(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The moving part of an edition's page; 204 when it has not moved since ``seen``."""
    context = _context(_edition(slug, number))
    if unchanged(request, context["revision"]):
        return HttpResponse(status=204)
    return render(request, "tournaments/edition_live.html", context)


@login_required
@require_POST
def reopen(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Play again what failed its audit after the edition was over. For the organiser. Raises PermissionDenied."""
    if not request.user.is_superuser:
        raise PermissionDenied("An edition is taken up again by the organiser.")
    found = _edition(slug, number)
    if found.reopen():
        messages.success(request, f"{found} is taken up again: what failed its audit is played anew.")
    else:
        messages.warning(request, f"{found} can't be taken up again: it goes on, or all its matches hold.")
    return redirect(found)


@login_required
@require_POST
def stop(request: PersonalRequest, slug: str, number: int) -> HttpResponse:
    """Call an edition off, for the reason given as \"why\". For the organiser. Raises PermissionDenied."""
    if not request.user.is_superuser:
        raise PermissionDenied("An edition is called off by the organiser.")
    found = _edition(slug, number)
    if call_off(found.pk, request.user, request.POST.get("why", "").strip()[:MOST_WORDS]):
        messages.success(request, f"{found} is called off. What was played stays, what was not is withdrawn.")
    else:
        messages.warning(request, f"{found} can't be called off: it is over.")
    return redirect(found)


def _tournament(slug: str) -> Tournament:
    found = Tournament.objects.select_related("ladder").filter(slug=slug).first()
    if found is None:
        known = ", ".join(Tournament.objects.values_list("slug", flat=True)) or "none yet"
        raise Http404(f"There is no tournament '{slug}'. Tournaments: {known}.")
    return found


def _latest(tournament: Tournament) -> Edition | None:
    return next(iter(tournament.editions.all()), None)


def _edition(slug: str, number: int) -> Edition:
    found = Edition.objects.filter(tournament=_tournament(slug), number=number)
    edition = found.select_related("tournament__ladder", "called_off_by").first()
    if edition is None:
        raise Http404(f"The tournament '{slug}' has no edition {number}.")
    return edition


def _context(edition: Edition) -> dict[str, Any]:
    rows = edition.bouts.select_related("duel__ladder", "duel__first", "duel__second")
    bouts = list(rows.prefetch_related("duel__further__version").order_by("round", "pk"))
    entries = _entries(edition)
    names = {seed: entry.version for seed, entry in entries.items()}
    counted = edition.counted()
    counts = {bout.pk for bout in counted}
    rounds: dict[str, list[dict[str, Any]]] = {}
    for bout in bouts:
        left_out = bout.pk not in counts and (edition.seats == 2 or bout.tally is not None)
        rounds.setdefault(_round_title(edition.tournament, bout), []).append(_line(bout, names, left_out))
    lines = [line for group in rounds.values() for line in group]
    parked = [line for line in lines if line["parked"]]
    bad = sum(bout.bad for bout in bouts if not bout.struck)
    shown = (len(lines), len(counted), [(line["over"], line["note"]) for line in lines], len(parked), bad)
    return {
        "tournament": edition.tournament,
        "edition": edition,
        "table": _table(edition, entries, counted),
        "rounds": list(rounds.items()),
        "editions": list(edition.tournament.editions.all()[:50]),
        "parked": parked,
        "bad": bad,
        "withdrawn": sum(bout.withdrawn for bout in bouts),
        "seats": edition.seats,
        "revision": zlib.crc32(repr((edition.state, *shown)).encode()),
    }


def _round_title(tournament: Tournament, bout: Bout) -> str:
    """Brackets call their rounds by name; elsewhere a round has a number."""
    if tournament.kind in BRACKETS:
        name = bout.reason.partition(", again")[0]
        return name[:1].upper() + name[1:]
    stage, inside = divmod(bout.round, STAGE)
    return f"Stage {stage + 1}, round {inside}" if stage else f"Round {inside}"


def _line(bout: Bout, names: dict[int, Any], left_out: bool) -> dict[str, Any]:
    """A bout with its players: the best first at a table, as they were paired in a duel of two."""
    over, parked = bout.duel.state in ("done", "failed") and not bout.withdrawn, bout.duel.state == "parked"
    state = "withdrawn" if bout.withdrawn else bout.duel.state
    line = {"bout": bout, "over": over, "parked": parked, "void": bout.void, "state": state}
    line["note"] = _note(bout, over and left_out)
    if len(bout.players) == 2:
        taken = bout.duel.points[::-1] if bout.turned else bout.duel.points
        winner = None if taken[0] == taken[1] else int(taken[1] > taken[0])
        first, second = (names[seed] for seed in bout.players)
        return line | {"first": first, "second": second, "points": taken, "winner": winner}
    points = _table_points(bout)
    order = sorted(range(len(bout.players)), key=lambda player: -points[player]) if points else range(len(bout.players))
    won = len(points) > 1 and points.count(max(points)) < len(points) and not bout.void
    table = [(names[bout.players[n]], points[n], won and points[n] == max(points)) for n in order] if points else []
    waiting = [(names[seed], None, False) for seed in bout.players]
    return line | {"over": bool(points) or bout.tally == [], "table": table or waiting}


def _note(bout: Bout, left_out: bool) -> str:
    """What has to be said about a bout: that it was played again, or counts no more."""
    if bout.withdrawn:
        return ""
    failed = f"{bout.bad} match{'es' if bout.bad > 1 else ''} failed the audit"
    if bout.struck:
        return f"{failed}: it counts no more"
    if left_out:
        return "set aside: what it followed from is played again"
    again = bout.reason.partition(", again ")[2]
    return "; ".join(part for part in (again and f"again {again}", failed if bout.bad else "") if part)


def _table_points(bout: Bout) -> list[float]:
    """The mean points of each at a table, or the mean return of who played alone; empty before it is counted."""
    return list(means(values for values in bout.tally or [] if None not in values))


def _entries(edition: Edition) -> dict[int, Entry]:
    """By their seeds."""
    rows = edition.entries.select_related("version__agent__owner").defer("version__log", "version__metrics")
    return {entry.seed: entry for entry in rows}


def _table(edition: Edition, entries: dict[int, Entry], counted: list[Bout]) -> list[Row]:
    """Everybody by their place so far, or as it was written when the edition was over."""
    results = edition.results_of(counted)
    rows, rests = [], _rests(edition, results)
    for place in _places(edition, entries, results):
        own = [result.of(place.entry) for result in results if result.points != () and place.entry in result.players]
        won, lost = sum(share > 0.5 for share in own), sum(share < 0.5 for share in own)
        drawn = len(own) - won - lost
        rested = rests[place.entry]
        points = sum(own) + (BYE * rested if edition.seats > 2 else 0.0)
        rows.append(Row(place.place, entries[place.entry], place.score, won, drawn, lost, points, len(own), rested))
    return rows


def _rests(edition: Edition, results: list[Any]) -> Counter[int]:
    """How often each had nobody to meet; only a Swiss gives points for it."""
    held = edition.format()
    if isinstance(held, Swiss):
        return Counter(held.byes(results))
    return held.rests(results) if isinstance(held, TableSwiss) else Counter()


def _places(edition: Edition, entries: dict[int, Entry], results: list[Any]) -> list[Place]:
    written = [Place(entry.place, seed, entry.score) for seed, entry in entries.items() if entry.place is not None]
    if edition.state == Edition.State.DONE and len(written) == len(entries):
        return sorted(written, key=lambda place: (place.place, place.entry))
    return edition.format().ranking(results)
