"""The page on which two agents are named that are to meet, for nothing but to be watched."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from sparring.errors import SparringError
from sparring.site.accounts.requests import PersonalRequest
from sparring.site.ladders.models import Ladder
from sparring.site.matches.challenges import MOST_AN_HOUR, ChallengeForm, challenge, suggestions
from sparring.site.matches.models import Duel

LATEST = 8


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def challenge_page(request: PersonalRequest, slug: str) -> HttpResponse:
    """Ask which two agents of a ladder are to play; then lead to their duel."""
    ladder = get_object_or_404(Ladder, slug=slug, seats=2)
    if request.method != "POST":
        return _page(request, ladder, ChallengeForm(initial=request.GET.dict()))
    form = ChallengeForm({**request.POST.dict(), "ladder": slug})
    if not form.is_valid():
        return _page(request, ladder, form, status=400)
    fields = form.cleaned_data
    try:
        duel = challenge(request.user, ladder, (fields["first"], fields["second"]), fields["count"])
    except SparringError as error:
        form.add_error(None, str(error))
        return _page(request, ladder, form, status=429)
    return redirect(duel)


def _page(request: PersonalRequest, ladder: Ladder, form: ChallengeForm, status: int = 200) -> HttpResponse:
    del form.fields["ladder"]
    latest = Duel.objects.shown().filter(challenger=request.user).order_by("-pk")[:LATEST]
    context: dict[str, Any] = {"ladder": ladder, "form": form, "names": suggestions(ladder), "latest": latest}
    return render(request, "matches/challenge.html", context | {"most": MOST_AN_HOUR}, status=status)
