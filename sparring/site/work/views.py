"""The organiser's page of all work: what waits, what goes on, what went wrong, and what is to become of that."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from sparring.site.work.models import MOST_LOSSES, WorkItem, kinds_of_work

MOST_SHOWN = 100


@never_cache
@login_required
@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """For the organiser only. Raises PermissionDenied."""
    _require_organiser(request)
    found = [(name, model, _counts(model)) for name, model in kinds_of_work().items()]
    rows = [{"name": model._meta.verbose_name_plural, **counts} for _, model, counts in found]
    parked = [(name, item) for name, model, _ in found for item in _latest(model, "parked")]
    resting = [item for _, model, _ in found for item in _latest(model, "waiting", losses__gt=0)]
    context = {"kinds": rows, "parked": parked, "resting": resting, "most": MOST_LOSSES}
    return render(request, "work/work.html", context)


@login_required
@require_POST
def decide(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Try a parked item again, or give it up; then back to ``next``. Raises PermissionDenied, Http404."""
    _require_organiser(request)
    if kind not in kinds_of_work():
        raise Http404(f"There is no work of the kind '{kind}'.")
    item = get_object_or_404(kinds_of_work()[kind], pk=pk)
    again = request.POST.get("decision") == "again"
    if not (item.try_again() if again else item.give_up()):
        messages.warning(request, f"{item} is not parked any more.")
    else:
        messages.success(request, f"{item} is tried again." if again else f"{item} has been given up.")
    back = request.POST.get("next", "")
    return redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else reverse("work:work"))


def _require_organiser(request: HttpRequest) -> None:
    if not request.user.is_superuser:
        raise PermissionDenied("The work of the arena is shown to its organiser.")


def _counts(model: type[WorkItem]) -> dict[str, Any]:
    """How many items wait, are being done and are parked, and since when the oldest waits."""
    states = model.objects.filter(state__in=WorkItem.UNDECIDED).values_list("state")
    counts = {state: (count, oldest) for state, count, oldest in states.annotate(Count("pk"), Min("created"))}
    waiting, oldest = counts.get("waiting", (0, None))
    return {"waiting": waiting, "oldest": oldest} | {
        state: counts.get(state, (0, None))[0] for state in ("running", "parked")
    }


def _latest(model: type[WorkItem], state: str, **conditions: Any) -> list[WorkItem]:
    return list(model.objects.filter(state=state, **conditions).order_by("-pk")[:MOST_SHOWN])
