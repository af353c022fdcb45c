"""What the page of a version shows: its standing, its curve, its opponents, its matches."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Q

from sparring.site.ladders.charts import climb_chart, rating_curve
from sparring.site.ladders.models import PairResult, Standing
from sparring.site.matches.models import Match
from sparring.site.publications.models import Publication
from sparring.site.submissions.models import Version

MOST_OPPONENTS = 25
RECENT_MATCHES = 15


class Opponent(NamedTuple):
    """How a version did against another one."""

    version: Version
    wins: int
    draws: int
    losses: int
    repeats: bool

    @property
    def matches(self) -> int:
        return self.wins + self.draws + self.losses

    @property
    def share(self) -> float:
        """Points taken of those that there were, 0 to 1."""
        return (self.wins + self.draws / 2) / max(1, self.matches)

    @property
    def percent(self) -> str:
        return f"{100 * self.share:.0f}%"


def version_report(version: Version) -> dict[str, Any]:
    """The context of the page."""
    playing = version.who_plays
    standing = Standing.objects.filter(version=playing).select_related("ladder").first()
    publication = Publication.objects.filter(version=version).first()
    versions = list(version.agent.versions.defer("log").order_by("-number"))
    siblings = Standing.objects.filter(version__agent=version.agent, matches__gt=0).select_related("version__agent")
    standings = {row.version_id: row for row in siblings}
    climb = list(siblings.order_by("version__number")) if len(versions) > 1 else []
    settled = list(standing.points.filter(season=standing.ladder.season)) if standing else []
    return {
        "version": version,
        "agent": version.agent,
        "standing": standing,
        "versions": [(row, standings.get(row.pk)) for row in versions],
        "climb_chart": climb_chart(climb) if len(climb) > 1 else "",
        "curve": rating_curve(settled) if len(settled) > 1 else "",
        "opponents": opponents(playing),
        "matches": list(Match.objects.of_versions([playing.pk], RECENT_MATCHES)),
        "twins": list(version.twins.exclude(state=Version.State.FAILED)),
        "publication": publication,
        "image": playing if playing.image else None,
        "under_way": version.state not in (Version.State.ON_LADDER, Version.State.FAILED)
        or (publication is not None and publication.state in ("waiting", "running")),
    }


def opponents(version: Version) -> list[Opponent]:
    """Whom this version has met, the most matches first."""
    pairs = PairResult.objects.filter(Q(first=version) | Q(second=version))
    pairs = pairs.select_related("first__agent__owner", "second__agent__owner")
    met = [_opponent(version, pair) for pair in pairs]
    return sorted(met, key=lambda row: -row.matches)[:MOST_OPPONENTS]


def _opponent(version: Version, pair: PairResult) -> Opponent:
    if pair.first_id == version.pk:
        return Opponent(pair.second, pair.wins, pair.draws, pair.losses, pair.repeats)
    return Opponent(pair.first, pair.losses, pair.draws, pair.wins, pair.repeats)
