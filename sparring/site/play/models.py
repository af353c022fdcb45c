"""Matches of a person against an agent: played in the browser, never rated."""

from __future__ import annotations

import secrets
import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

from sparring.errors import SparringError
from sparring.site.accounts.models import User
from sparring.site.submissions.models import Version


class StaleMove(SparringError):
    """The match has moved on since the page was loaded."""


class PersonMatchManager(models.Manager["PersonMatch"]):
    def begin(self, version: Version, seat: int, person: User | None, options: dict[str, Any]) -> PersonMatch:
        """A new match against ``version``, in which the person has ``seat``."""
        return self.create(
            version=version,
            game=version.agent.game,
            options=options,
            seat=seat,
            person=person,
            seed=secrets.randbits(48),
        )


class PersonMatch(models.Model):
    """One match. The seed and the actions are all there is; positions are replayed. Whoever has its address plays."""

    class State(models.TextChoices):
        OPEN = "open"
        OVER = "over"

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="person_matches")
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="person_matches")
    game = models.CharField(max_length=60)
    options = models.JSONField(default=dict, blank=True)
    seat = models.PositiveSmallIntegerField(help_text="The person's seat.")
    seed = models.PositiveBigIntegerField()
    actions = models.JSONField(default=list, help_text="One number a ply, or one list a ply when all act at once.")
    ply = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=4, choices=State.choices, default=State.OPEN)
    sentence = models.CharField(max_length=300, blank=True, help_text="How it ended.")
    created = models.DateTimeField(db_default=Now())

    objects: ClassVar[PersonMatchManager] = PersonMatchManager()

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.person or 'A guest'} against {self.version.label}"

    def get_absolute_url(self) -> str:
        return reverse("play:match", args=[self.key])

    @property
    def agent_seat(self) -> int:
        return 1 - self.seat

    def append(self, actions: list[Any], sentence: str, over: bool) -> None:
        """Store the actions just played. Raises StaleMove when another request was quicker."""
        state = self.State.OVER if over else self.State.OPEN
        played = [*self.actions, *actions]
        changed = PersonMatch.objects.filter(pk=self.pk, ply=self.ply, state=self.State.OPEN).update(
            actions=played, ply=len(played), state=state, sentence=sentence[:300]
        )
        if not changed:
            raise StaleMove("This match has moved on in another window; the board shows how it stands now.")
        self.refresh_from_db()
