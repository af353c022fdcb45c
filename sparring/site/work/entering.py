"""What follows when versions come onto the ladder: twins share an entry, and public ones are published."""

from __future__ import annotations

from sparring.site.ladders.models import Ladder
from sparring.site.publications.models import Publication
from sparring.site.submissions.models import Version


def entered(*versions: Version) -> None:
    """These versions are on the ladder now. Called in the transaction that puts them there."""
    for version in versions:
        if version.twin_of_id is not None:
            Ladder.objects.of_agent(version.agent).share(version)
        Publication.objects.request(version)
