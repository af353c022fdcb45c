"""Duels, as work items, and the matches played in them."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from sparring.matches import MatchRecord
from sparring.site.accounts.models import User
from sparring.site.ladders.models import Ladder
from sparring.site.submissions.models import Version
from sparring.site.work.models import WorkItem, WorkManager

MOST_LISTED = 1000


class DuelManager(WorkManager["Duel"]):
    lease_order = ("-urgent", "pk")

    def queue(
        self, ladder: Ladder, first: Version, second: Version, matches: int, reason: str, urgent: bool = False
    ) -> Duel:
        """Queue a duel, ahead of all that are not urgent if it is; its seed is drawn by chance and kept."""
        seed = secrets.randbits(62)
        return self.create(
            ladder=ladder, first=first, second=second, matches=matches, reason=reason, urgent=urgent, seed=seed
        )

    def shown(self) -> models.QuerySet[Duel]:
        return self.select_related("ladder", "first__agent__owner", "second__agent__owner").defer(
            "first__log", "second__log", "first__metrics", "second__metrics"
        )


class Duel(WorkItem):
    """Matches between two versions, in pairs with one seed and swapped seats."""

    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, related_name="duels")
    first = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="duels_as_first")
    second = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="duels_as_second")
    seed = models.BigIntegerField()
    matches = models.PositiveIntegerField()
    reason = models.CharField(max_length=300, help_text="Why these two were paired.")
    urgent = models.BooleanField(default=False, db_default=False, help_text="Someone waits for it; it is played first.")
    rated = models.BooleanField(default=True, db_default=True, help_text="Whether it counts on the ladder.")
    challenger = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="challenges", help_text="Who asked for it."
    )
    wins_first = models.PositiveIntegerField(default=0)
    wins_second = models.PositiveIntegerField(default=0)
    draws = models.PositiveIntegerField(default=0)
    faults_first = models.PositiveIntegerField(default=0)
    faults_second = models.PositiveIntegerField(default=0)

    objects: ClassVar[DuelManager] = DuelManager()

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=["waiting", "running"]), name="duel_open"),
            models.Index(fields=["id"], condition=Q(state="parked"), name="duel_parked"),
            models.Index(fields=["ladder", "-id"], name="duel_ladder"),
            models.Index(
                fields=["challenger", "-created"], condition=Q(challenger__isnull=False), name="duel_challenger"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} against {self.second}"

    def get_absolute_url(self) -> str:
        return reverse("matches:duel", args=[self.pk])

    @property
    def points(self) -> tuple[float, float]:
        """Points of both: 1 a win or a fault of the other, 1/2 a draw."""
        half = self.draws / 2
        return self.wins_first + self.faults_second + half, self.wins_second + self.faults_first + half


class LedgerManager(models.Manager["LedgerEntry"]):
    def of_ladder(self, ladder: Ladder) -> models.QuerySet[LedgerEntry]:
        """The pairings of a ladder, the latest first, without what they were made from."""
        rows = self.filter(ladder=ladder).select_related("duel__first__agent", "duel__second__agent").defer("inputs")
        return rows.order_by("-pk")


class LedgerEntry(models.Model):
    """What matchmaking was asked when it chose a duel; see ``sparring.site.matches.ledger``."""

    duel = models.OneToOneField(Duel, on_delete=models.CASCADE, related_name="ledger_entry")
    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, related_name="ledger", db_index=False)
    method = models.PositiveSmallIntegerField()
    seed = models.BigIntegerField()
    inputs = models.BinaryField()
    created = models.DateTimeField(db_default=Now())

    objects: ClassVar[LedgerManager] = LedgerManager()

    class Meta:
        indexes = [models.Index(fields=["ladder", "-id"], name="ledger_ladder")]


class MatchManager(models.Manager["Match"]):
    def shown(self) -> models.QuerySet[Match]:
        """Matches with the names of who played, without their records."""
        return self.select_related(
            "duel", "ladder", "by_first_seat__agent__owner", "by_second_seat__agent__owner"
        ).defer(
            "record", "by_first_seat__log", "by_second_seat__log", "by_first_seat__metrics", "by_second_seat__metrics"
        )

    def of_versions(self, versions: list[int], limit: int = MOST_LISTED) -> models.QuerySet[Match]:
        """The latest matches of these versions. Each seat has its index, so the two halves are found apart."""
        halves = [
            self.filter(**{f"{seat}__in": versions}).order_by("-pk").values("pk")[:limit]
            for seat in ("by_first_seat", "by_second_seat")
        ]
        keys = [row["pk"] for half in halves for row in half]
        return self.shown().filter(pk__in=sorted(keys, reverse=True)[:limit]).order_by("-pk")

    def latest_of_ladders(self, ladders: list[int], count: int) -> list[Match]:
        """The first matches of the latest duels, ladder by ladder in turn, newest first."""
        share = -(-count // max(1, len(ladders)))
        duels: list[int] = []
        for ladder in ladders:
            done = Duel.objects.filter(ladder=ladder, state=WorkItem.State.DONE)
            duels += done.order_by("-id").values_list("id", flat=True)[:share]
        return list(self.shown().filter(duel__in=sorted(duels, reverse=True)[:count], index=0).order_by("-pk"))

    def add_all(self, duel: Duel, records: list[MatchRecord]) -> list[Match]:
        """Store the matches of a duel."""
        return self.bulk_create([_match(duel, index, record) for index, record in enumerate(records)])


class Match(models.Model):
    """One match. ``record`` is the whole truth; the other columns are there to be found and listed by."""

    class Result(models.TextChoices):
        WIN = "win", "won on the board"
        DRAW = "draw", "drawn"
        FAULT = "fault", "ended by a fault"
        VOID = "void", "void"

    duel = models.ForeignKey(Duel, on_delete=models.CASCADE, related_name="match_rows")
    index = models.PositiveIntegerField()
    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, related_name="match_rows")
    by_first_seat = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+", db_index=False)
    by_second_seat = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+", db_index=False)
    first_player = models.PositiveSmallIntegerField(
        help_text="Who had the first seat: 0 the duel's first, 1 its second."
    )
    result = models.CharField(max_length=5, choices=Result.choices)
    winner_seat = models.PositiveSmallIntegerField(null=True)
    fault_seat = models.PositiveSmallIntegerField(null=True)
    fault_kind = models.CharField(max_length=12, blank=True)
    plies = models.PositiveIntegerField()
    record = models.BinaryField()
    audited = models.DateTimeField(null=True, blank=True, help_text="When it was last played again.")
    complaint = models.CharField(
        max_length=400, blank=True, default="", db_default="", help_text="Why it is bad, and counts no more."
    )
    created = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[MatchManager] = MatchManager()

    class Meta:
        constraints = [models.UniqueConstraint("duel", "index", name="one_match_an_index")]
        indexes = [
            models.Index(fields=["ladder", "-id"], name="match_ladder"),
            models.Index(fields=["ladder", "result", "-id"], name="match_result"),
            models.Index(fields=["by_first_seat", "-id"], name="match_first_seat"),
            models.Index(fields=["by_second_seat", "-id"], name="match_second_seat"),
            models.Index(fields=["id"], condition=Q(audited__isnull=True), name="match_unaudited"),
            models.Index(fields=["-id"], condition=~Q(complaint=""), name="match_bad"),
        ]

    def __str__(self) -> str:
        return f"{self.by_first_seat} against {self.by_second_seat}"

    def get_absolute_url(self) -> str:
        return reverse("matches:match", args=[self.pk])

    @property
    def players(self) -> tuple[Version, Version]:
        """By seat."""
        return self.by_first_seat, self.by_second_seat

    def decoded(self) -> MatchRecord:
        return MatchRecord.decode(bytes(self.record))

    @property
    def outcome(self) -> str:
        """How it ended, as a short sentence."""
        if self.result == self.Result.FAULT and self.fault_seat is not None:
            return f"{self.players[self.fault_seat].label} lost by a fault"
        if self.winner_seat is not None:
            return f"{self.players[self.winner_seat].label} won"
        return {"draw": "a draw", "void": "void", "fault": "both failed"}.get(self.result, self.result)


def _match(duel: Duel, index: int, record: MatchRecord) -> Match:
    seats: list[Any] = [duel.first_id, duel.second_id]
    if record.first_player == 1:
        seats.reverse()
    return Match(
        duel=duel,
        index=index,
        ladder_id=duel.ladder_id,
        by_first_seat_id=seats[0],
        by_second_seat_id=seats[1],
        first_player=record.first_player,
        result=record.result,
        winner_seat=record.winner,
        fault_seat=record.fault.seat if record.fault else None,
        fault_kind=record.fault.kind if record.fault else "",
        plies=record.plies,
        record=record.encode(),
    )
