"""Template tags of the site: dates, numbers, bars. They are built in: no page loads them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from sparring.errors import UnknownName
from sparring.site.games import catalogue
from sparring.site.ladders import charts
from sparring.site.ladders.models import Standing
from sparring.site.matches.models import Match
from sparring.site.submissions.models import Agent, Kind
from sparring.site.tournaments.models import Entry

register = template.Library()

AGES = (
    (60, 1, "s"),
    (3600, 60, "min"),
    (86400, 3600, "h"),
    (30 * 86400, 86400, "d"),
    (365 * 86400, 30 * 86400, "months"),
)


@register.simple_tag
def audit_alarm() -> SafeString | str:
    """For the organiser: how many matches did not come out as recorded; nothing while all is well."""
    bad = Match.objects.exclude(complaint="").count()
    if not bad:
        return ""
    what = "1 match has" if bad == 1 else f"{bad:,} matches have"
    sentence = "{} failed the audit and left the ratings. Somebody, or a disk, has changed what was stored."
    where = f"{reverse('matches:matches')}?result=bad"
    return format_html(f'<p class="error" role="alert">{sentence} <a href="{{}}">Look at them</a></p>', what, where)


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """``3 min ago``, with the exact moment on hover. The page's script keeps it fresh."""
    if moment is None:
        return ""
    exact = moment.astimezone(timezone.get_current_timezone())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(timespec="seconds"),
        exact.strftime("%-d %B %Y, %H:%M:%S %Z"),
        age_text((timezone.now() - moment).total_seconds()),
    )


def age_text(seconds: float) -> str:
    """The same words as in ``static/dates.js``.

    >>> age_text(12), age_text(200), age_text(7200)
    ('12 s ago', '3 min ago', '2 h ago')
    """
    if seconds < 5:
        return "just now"
    for limit, unit, name in AGES:
        if seconds < limit:
            return f"{seconds // unit:.0f} {name} ago"
    return f"{seconds // (365 * 86400):.0f} years ago"


@register.simple_tag
def rating_bar(standing: Standing, scale: charts.Scale) -> SafeString:
    return charts.rating_bar(standing, scale)


@register.simple_tag
def agent_tag(agent: Agent) -> SafeString:
    """Whose agent it is, as a small label; nothing for those of the house."""
    if agent.kind == Kind.HOUSE:
        return SafeString("")
    return format_html('<span class="tag {}">{}</span>', agent.kind, agent.author)


@register.simple_tag
def share_bar(share: float) -> SafeString:
    return charts.share_bar(share)


@register.filter
def game_title(name: str) -> str:
    """``Connect Four`` for ``connect_four``; the name itself when the game is no longer installed."""
    try:
        return catalogue.entry(name).title
    except UnknownName:
        return name


@register.filter
def rating(standing: Standing) -> str:
    """The published rating, or a dash before there is one."""
    if standing.low is None:
        return "\u2013"
    return f"{standing.rating:.0f}" if standing.deviation is None else figure(standing.rating)


@register.filter
def plus_minus(standing: Standing) -> str:
    """Half of the interval's width: ``\u00b135``."""
    if standing.low is None:
        return ""
    return f"\u00b1{standing.half_width:.0f}" if standing.deviation is None else f"\u00b1{figure(standing.half_width)}"


@register.filter
def interval(entry: Entry, digits: int | None = None) -> str:
    """Half of the width of the interval of an entry's mean in a tournament: ``\u00b10.12``. ``digits``: decimals."""
    if entry.low is None or entry.high is None:
        return ""
    half = (entry.high - entry.low) / 2
    return f"\u00b1{figure(half) if digits is None else f'{half:.{digits}f}'}"


@register.filter
def number(value: Any) -> str:
    """A count with narrow spaces between thousands: ``100 000``."""
    return f"{int(value):,}".replace(",", "\u202f")


@register.filter
def figure(value: float) -> str:
    """A number of any size to three digits: ``475``, ``12.3``, ``-0.28``."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


@register.filter
def percent(share: float) -> str:
    """A share from 0 to 1 for people: ``12%``, ``0.4%``, ``0``."""
    if share < 0.0005:
        return "0"
    return f"{100 * share:.0f}%" if share >= 0.1 else f"{100 * share:.1f}%"


@register.filter
def milliseconds(seconds: float) -> str:
    """A move's time for people: ``0.4 ms``, ``120 ms``, ``1.50 s``."""
    if seconds < 0.0001:
        return "under 0.1 ms"
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"


@register.filter
def seat_class(seat: int | None) -> str:
    """The class that colours what belongs to a seat."""
    return "" if seat is None else f"seat-{seat + 1}"
