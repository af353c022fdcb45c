"""Submitting agents, and the pages of agents and their versions."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from sparring.errors import SparringError
from sparring.site.accounts.requests import ArenaRequest, PersonalRequest
from sparring.site.submissions.containers import why_refused
from sparring.site.submissions.forms import SubmissionForm
from sparring.site.submissions.models import Agent, Version
from sparring.site.submissions.report import version_report
from sparring.site.work.players import missing_sandbox

AGENTS_A_PAGE = 60


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: PersonalRequest) -> HttpResponse:
    if request.method != "POST":
        return _form(
            request, SubmissionForm(initial={"game": request.GET.get("game"), "name": request.GET.get("name")})
        )
    form = SubmissionForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form, status=400)
    try:
        version = form.submit(request.user)
    except SparringError as error:
        form.add_error(None, str(error))
        return _form(request, form, status=400)
    return redirect(version)


@never_cache
@login_required
@require_safe
def mine(request: PersonalRequest) -> HttpResponse:
    return render(request, "submissions/mine.html", _mine(request))


@never_cache
@login_required
@require_safe
def rows(request: PersonalRequest) -> HttpResponse:
    """The rows of one's submissions, asked for again and again while a check is under way."""
    return render(request, "submissions/mine_rows.html", _mine(request))


@require_safe
def agents(request: HttpRequest) -> HttpResponse:
    game = request.GET.get("game", "")
    page = Paginator(Agent.objects.shown(game), AGENTS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "submissions/agents.html", {"page": page, "game": game})


@require_safe
def agent(request: ArenaRequest, pk: int) -> HttpResponse:
    """The page of an agent is that of its latest version on a ladder, else of its latest."""
    found = get_object_or_404(Agent.objects.select_related("owner"), pk=pk)
    versions = found.versions.order_by("-number")
    shown = versions.filter(state=Version.State.ON_LADDER).first() or versions.first()
    if shown is None:
        raise Http404(f"{found.name} has no version yet.")
    return _version_page(request, shown)


@require_safe
def version(request: ArenaRequest, pk: int, number: int) -> HttpResponse:
    return _version_page(request, get_object_or_404(Version.objects, agent_id=pk, number=number))


def _version_page(request: ArenaRequest, shown: Version) -> HttpResponse:
    logs = {"log": shown.log_for(request.user), "build_log": shown.build_log_for(request.user)}
    context = {**version_report(shown), **logs}
    template = "submissions/version_live.html" if request.htmx else "submissions/version.html"
    return render(request, template, context)


def _mine(request: PersonalRequest) -> dict[str, Any]:
    versions = list(Version.objects.of_owner(request.user)[:200])
    return {"versions": versions, "busy": Version.objects.under_way(request.user).exists()}


def _form(request: HttpRequest, form: SubmissionForm, status: int = 200) -> HttpResponse:
    return render(
        request,
        "submissions/submit.html",
        {"form": form, "missing_sandbox": missing_sandbox(attack=False), "images": why_refused() is None},
        status=status,
    )
