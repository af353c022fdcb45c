"""Matches: the list with its filters, the replay of each, and the duels that they belong to."""

from __future__ import annotations

from typing import Any

import msgpack
from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import cached_property
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from sparring.errors import SparringError
from sparring.matches import replay
from sparring.matches.record import FILE_MAGIC
from sparring.site.ladders.models import Ladder
from sparring.site.matches.circumstances import circumstances
from sparring.site.matches.frames import ending, frames, last_position
from sparring.site.matches.models import MOST_LISTED, Duel, LedgerEntry, Match
from sparring.site.submissions.models import Version

MATCHES_A_PAGE = 40
BAD = ("bad", "failed its audit")
PAIRINGS_A_PAGE = 50
FOR_EVER = 365 * 24 * 3600


class MatchFilter(forms.Form):
    """What can be asked for in the query string of the list."""

    ladder = forms.ModelChoiceField(
        Ladder.objects.all(), required=False, to_field_name="slug", empty_label="every ladder"
    )
    agent = forms.CharField(required=False, max_length=40)
    result = forms.ChoiceField(required=False, choices=[("", "any result"), *Match.Result.choices, BAD])

    def chosen(self) -> QuerySet[Match]:
        """The matches that fit, newest first; a part that can't be understood narrows nothing."""
        self.is_valid()
        found = Match.objects.shown().order_by("-pk")
        if name := self.cleaned_data.get("agent", "").strip():
            versions = Version.objects.filter(agent__name__iexact=name).values_list("pk", flat=True)
            found = Match.objects.of_versions(list(versions))
        if ladder := self.cleaned_data.get("ladder"):
            found = found.filter(ladder=ladder)
        result = self.cleaned_data.get("result")
        if result == BAD[0]:
            found = found.exclude(complaint="")
        elif result:
            found = found.filter(result=result)
        return found


class ShortPaginator(Paginator):  # type: ignore[type-arg]  # generic for the type checker only
    """Pages over the latest matches only: nobody turns ten thousand pages, and counting them all takes long."""

    def __init__(self, rows: QuerySet[Match], per_page: int) -> None:
        super().__init__(rows, per_page)
        self.rows = rows

    @cached_property
    def count(self) -> int:
        return len(self.rows.values_list("pk", flat=True)[:MOST_LISTED])


@require_safe
def matches(request: HttpRequest) -> HttpResponse:
    form = MatchFilter(request.GET)
    page = ShortPaginator(form.chosen(), MATCHES_A_PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)
    context = {"form": form, "page": page, "query": kept.urlencode(), "most": MOST_LISTED}
    return render(request, "matches/matches.html", context)


@require_safe
def match(request: HttpRequest, pk: int) -> HttpResponse:
    found = _match(pk)
    context: dict[str, Any] = {"match": found, "neighbours": _neighbours(found)}
    try:
        context["frames"] = frames(found)
        context["ending"] = ending(found)
        context["circumstances"] = circumstances(replay(found.decoded()))
    except SparringError as error:
        context["unplayable"] = str(error)
    return render(request, "matches/match.html", context)


@require_safe
@cache_control(max_age=FOR_EVER, public=True, immutable=True)
def board(request: HttpRequest, pk: int) -> HttpResponse:
    """The last position as a picture. A match never changes, so it is kept for ever."""
    return HttpResponse(mark_safe(last_position(_match(pk))), content_type="image/svg+xml")


@require_safe
@cache_control(max_age=FOR_EVER, public=True, immutable=True)
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """The match record as a file that ``sparring replay`` reads."""
    return record_file(_match(pk))


def record_file(found: Match) -> HttpResponse:
    content = FILE_MAGIC + msgpack.packb(bytes(found.record))
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="match-{found.pk}.sparring"'
    return response


@require_safe
def duel(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Duel.objects.shown(), pk=pk)
    rows = Match.objects.shown().filter(duel=found).order_by("index")
    return render(request, "matches/duel.html", {"duel": found, "matches": rows})


@require_safe
def ledger(request: HttpRequest, slug: str) -> HttpResponse:
    """The pairings of a ladder with their reasons, the latest first."""
    ladder = get_object_or_404(Ladder, slug=slug)
    rows = LedgerEntry.objects.of_ladder(ladder)
    page = Paginator(rows, PAIRINGS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "matches/ledger.html", {"ladder": ladder, "page": page})


def _match(pk: int) -> Match:
    rows = Match.objects.select_related("duel", "ladder", "by_first_seat__agent__owner", "by_second_seat__agent__owner")
    return get_object_or_404(rows, pk=pk)


def _neighbours(found: Match) -> dict[str, Match | None]:
    """The matches before and after this one in its duel."""
    around = Match.objects.filter(duel_id=found.duel_id, index__in=[found.index - 1, found.index + 1])
    by_index = {row.index: row for row in around.only("pk", "index")}
    return {"before": by_index.get(found.index - 1), "after": by_index.get(found.index + 1)}
