"""Challenges: unrated duels that anybody who has signed in may ask for, between any two agents of a ladder."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone

from sparring.errors import SparringError, did_you_mean
from sparring.site.accounts.models import User
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.matches.models import Duel
from sparring.site.submissions.models import Version

MOST_OPEN = 2
MOST_AN_HOUR = 20
MATCHES = (2, 10, 20)
MOST_SUGGESTED = 300


class ChallengeForm(forms.Form):
    """Two agents by their names, and how many matches."""

    ladder = forms.ModelChoiceField(
        Ladder.objects.filter(seats=2),
        to_field_name="slug",
        empty_label=None,
        error_messages={"invalid_choice": "There is no ladder '%(value)s'."},
    )
    first = forms.CharField(max_length=60, label="One", help_text="The name of an agent on this ladder.")
    second = forms.CharField(max_length=60, label="The other")
    count = forms.TypedChoiceField(  # a field called "matches" would hide a method of the form from scripts
        label="Matches",
        coerce=int,
        choices=[(count, f"{count} matches") for count in MATCHES],
        initial=MATCHES[1],
        error_messages={"invalid_choice": "A challenge has 2, 10 or 20 matches, not %(value)s."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "second"):
            self.fields[name].widget.attrs.update(list="agents", autocomplete="off")

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or self.cleaned_data
        ladder = fields.get("ladder")
        for name in ("first", "second"):
            if ladder is not None and fields.get(name):
                fields[name] = self._version(ladder, name, fields[name])
        if fields.get("first") is not None and fields.get("first") == fields.get("second"):
            self.add_error("second", "An agent can't challenge itself; name another one.")
        return fields

    def _version(self, ladder: Ladder, field: str, name: str) -> Version | None:
        """The agent's current version on the ladder."""
        rows = Standing.objects.filter(ladder=ladder, current=True, version__state=Version.State.ON_LADDER)
        found = rows.filter(version__agent__name__iexact=name.strip()).select_related("version__agent").first()
        if found is None:
            hint = did_you_mean(name.strip(), suggestions(ladder))
            self.add_error(field, f"No agent '{name.strip()}' plays on {ladder}.{hint}")
        return found.version if found else None


def challenge(person: User, ladder: Ladder, sides: tuple[Version, Version], matches: int) -> Duel:
    """Queue an unrated duel, ahead of rated ones: somebody waits for it.

    Raises SparringError, with a sentence, for somebody who has too many challenges open, or asked for too many.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        own = Duel.objects.filter(challenger=person)
        waiting = own.filter(state__in=[Duel.State.WAITING, Duel.State.RUNNING]).count()
        if waiting >= MOST_OPEN:
            raise SparringError(f"{waiting} of your challenges are still to be played; wait until one is over.")
        lately = own.filter(created__gte=timezone.now() - timedelta(hours=1)).count()
        if lately >= MOST_AN_HOUR:
            raise SparringError(
                f"You had {lately} challenges within an hour, which is as many as one may; come back later."
            )
        reason = f"A challenge by {person.username}; it is not rated."
        duel = Duel.objects.queue(ladder, sides[0], sides[1], matches, reason, urgent=True)
        duel.rated, duel.challenger = False, person
        duel.save(update_fields=["rated", "challenger"])
    return duel


def suggestions(ladder: Ladder) -> list[str]:
    """Names of agents that may be challenged, the strongest first."""
    rows = Standing.objects.filter(ladder=ladder, current=True, version__state=Version.State.ON_LADDER)
    return list(rows.order_by("-rating", "pk").values_list("version__agent__name", flat=True)[:MOST_SUGGESTED])
