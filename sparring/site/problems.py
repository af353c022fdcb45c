"""Pages for what went wrong: a sentence, never a traceback. The API answers with problem documents instead."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404

from sparring.site.api.problems import problem


def _answer(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem(status, title, sentence)
    return render(request, "problem.html", {"title": title, "sentence": sentence}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 400, "That did not work", "The request can't be understood. Go back and try again.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(
        request, 403, "Not for you", str(exception) or "You may not see this page. Sign in with another account."
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    said = exception.args[0] if exception.args and not isinstance(exception, Resolver404) else ""
    return _answer(request, 404, "Not here", str(said) or "There is no page at this address.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    sentence = "This form has grown stale. Go back, load the page again, and send it once more."
    return _answer(request, 403, "Please try again", sentence)


def server_error(request: HttpRequest) -> HttpResponse:
    """Needs neither database nor session, which may be what failed."""
    sentence = "The arena made a mistake, and its log says which. Nothing of yours is lost; try again in a moment."
    if request.path.startswith("/api/"):
        return problem(500, "Internal error", sentence)
    return HttpResponse(
        render_to_string("problem.html", {"title": "Our fault", "sentence": sentence, "bare": True}), status=500
    )
