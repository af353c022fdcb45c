"""Problem documents (RFC 9457): what the API answers when something is wrong."""

from __future__ import annotations

from http import HTTPStatus

from django.forms import BaseForm
from django.http import HttpResponse, JsonResponse


def problem(status: int, title: str, detail: str, **more: object) -> HttpResponse:
    """``{"type", "title", "status", "detail", ...}`` as application/problem+json."""
    document = {"type": "about:blank", "title": title or HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JsonResponse({**document, **more}, status=status, content_type="application/problem+json")


def sentences(form: BaseForm) -> str:
    """A form's errors as text."""
    return " ".join(str(sentence) for errors in form.errors.values() for sentence in errors)
