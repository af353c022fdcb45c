"""What requests to the API have in common: pages of rows, and names of ladders."""

from __future__ import annotations

from ninja import Schema
from pydantic import Field

from sparring.errors import UnknownName
from sparring.site.ladders.models import Ladder


class Paging(Schema):
    limit: int = Field(100, ge=1, le=500)
    offset: int = Field(0, ge=0, le=100_000)


def known_ladder(slug: str) -> Ladder:
    """The ladder of that name. Raises UnknownName, with the nearest one."""
    found = Ladder.objects.filter(slug=slug).first()
    if found is None:
        raise UnknownName("ladder", slug, Ladder.objects.values_list("slug", flat=True))
    return found
