"""What every page knows: where it may lead."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from sparring.site.work.models import count_parked

PLACES = (
    ("Ladders", "ladders:ladders"),
    ("Tournaments", "tournaments:tournaments"),
    ("Games", "games:games"),
    ("Matches", "matches:matches"),
    ("Play", "play:play"),
    ("Runs", "runs:runs"),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The main places as (name, address), and which of them the page belongs to."""
    places = [(name, reverse(view)) for name, view in PLACES]
    here = next((address for _, address in places if request.path.startswith(address)), "")
    parked = count_parked() if getattr(getattr(request, "user", None), "is_superuser", False) else 0
    return {"navigation": places, "here": here, "parked_work": parked}
