"""What every answer carries and what no request may bring: headers, upload limit, errors as sentences."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from sparring.errors import SparringError, UnknownName

Respond = Callable[[HttpRequest], HttpResponse]

CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
POLICY = "; ".join(f"{directive} {sources}" for directive, sources in CONTENT_SECURITY_POLICY.items())


class SecurityHeaders:
    """Pages run the site's own scripts and styles only; nothing inline, nothing from elsewhere."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.respond(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        response.headers.setdefault("X-Frame-Options", "DENY")
        return response


class UploadLimit:
    """Refuses a body that is too large before any of it is read."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if content_length(request) > upload_limit():
            return too_large(request)
        return self.respond(request)


def upload_limit() -> int:
    """Bytes of the largest request body: a submission and its form fields."""
    return (settings.SUBMISSION_MAX_MIB + 1) * 1024 * 1024


def content_length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdigit() else 0


def too_large(request: HttpRequest) -> HttpResponse:
    sentence = f"That is too large: a submission can have {settings.SUBMISSION_MAX_MIB} MiB."
    if request.path.startswith("/api/"):
        from sparring.site.api.problems import problem

        return problem(413, "Too large", sentence)
    return render(request, "problem.html", {"title": "Too large", "sentence": sentence, "bare": True}, status=413)


class SparringErrors:
    """An error that the user can put right is a page with its sentence: 404 for an unknown name, else 400."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.respond(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, SparringError):
            return None
        missing = isinstance(error, UnknownName)
        title = "Not here" if missing else "That did not work"
        status = 404 if missing else 400
        return render(request, "problem.html", {"title": title, "sentence": str(error)}, status=status)
