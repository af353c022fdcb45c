"""Matches of this arena for whoever has no page open: by their numbers."""

from __future__ import annotations

from django.db import DatabaseError

from sparring.errors import SparringError
from sparring.matches import MatchRecord
from sparring.site.matches.models import Match


def record_of(number: int) -> MatchRecord:
    """The record of a match. Raises SparringError where there is none, or it is not what the arena counted."""
    try:
        match = Match.objects.select_related("duel", "ladder").filter(pk=number).first()
    except DatabaseError as error:
        raise SparringError(
            f"There is no arena here to look for match {number} in. Start one with: sparring up"
        ) from error
    if match is None:
        raise SparringError(f"This arena has no match {number}. The page of a match has its number in its address.")
    return match.decoded()
