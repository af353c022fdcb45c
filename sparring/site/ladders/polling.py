"""Pages that keep themselves fresh ask every two seconds, and say which revision they show."""

from __future__ import annotations

from django.http import HttpRequest


def unchanged(request: HttpRequest, revision: int) -> bool:
    """Whether the page that asks shows ``revision`` already; then 204 is all it needs."""
    return request.GET.get("seen") == str(revision)
