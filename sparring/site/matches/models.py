"""Duels, as work items, and the matches played in them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse

from sparring.errors import SparringError
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
        rows = self.select_related("ladder", "first__agent__owner", "second__agent__owner")
        rows = rows.prefetch_related("further__version")
        return rows.defer("first__log", "second__log", "first__metrics", "second__metrics")

    def queue_table(self, ladder: Ladder, versions: Sequence[Version], matches: int, reason: str) -> Duel:
        """Queue matches of any number of versions: one alone, two, or as many as the ladder's game has seats."""
        with transaction.atomic():
            seed = secrets.randbits(62)
            duel = self.create(
                ladder=ladder,
                first=versions[0],
                second=versions[1] if len(versions) > 1 else None,
                matches=matches,
                reason=reason,
                seed=seed,
            )
            further = [DuelSeat(duel=duel, place=2 + n, version=version) for n, version in enumerate(versions[2:])]
            DuelSeat.objects.bulk_create(further)
        return duel


class Duel(WorkItem):
    """Matches between two versions, in pairs with one seed and swapped seats; in some games of one, or of more."""

    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, related_name="duels")
    first = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="duels_as_first")
    second = models.ForeignKey(
        Version, null=True, on_delete=models.CASCADE, related_name="duels_as_second", help_text="None plays alone."
    )
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
        return named_together([version.label for version in self.versions])

    def get_absolute_url(self) -> str:
        return reverse("matches:duel", args=[self.pk])

    @property
    def versions(self) -> list[Version]:
        """Who plays, in the duel's order."""
        further = [] if self.ladder.seats <= 2 else [seat.version for seat in self.further.all()]
        return [self.first, *([self.second] if self.second else []), *further]

    @property
    def pair(self) -> tuple[int, int]:
        """The keys of the two who play. Raises SparringError where somebody plays alone."""
        if self.second_id is None:
            raise SparringError(f"In duel {self.pk} somebody plays alone.")
        return self.first_id, self.second_id

    @property
    def points(self) -> tuple[float, float]:
        """Points of both: 1 a win or a fault of the other, 1/2 a draw."""
        half = self.draws / 2
        return self.wins_first + self.faults_second + half, self.wins_second + self.faults_first + half


class DuelSeat(models.Model):
    """A player of a duel beyond the second: few games have so many."""

    duel = models.ForeignKey(Duel, on_delete=models.CASCADE, related_name="further")
    place = models.PositiveSmallIntegerField(help_text="In the duel's order, from 2.")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint("duel", "place", name="one_player_a_place")]
        ordering = ["duel", "place"]


def named_together(names: Sequence[str]) -> str:
    """``a against b``; ``a, b and c``; alone ``a``."""
    if len(names) == 2:
        return " against ".join(names)
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


class LedgerManager(models.Manager["LedgerEntry"]):
    def of_ladder(self, ladder: Ladder) -> models.QuerySet[LedgerEntry]:
        """The pairings of a ladder, the latest first, without what they were made from."""
        rows = self.filter(ladder=ladder).select_related("duel__ladder", "duel__first__agent", "duel__second__agent")
        rows = rows.prefetch_related("duel__further__version").defer("inputs")
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
        rows = self.select_related("duel", "ladder", "by_first_seat__agent__owner", "by_second_seat__agent__owner")
        return rows.prefetch_related("further__version").defer(
            "record", "by_first_seat__log", "by_second_seat__log", "by_first_seat__metrics", "by_second_seat__metrics"
        )

    def of_versions(self, versions: list[int], limit: int = MOST_LISTED) -> models.QuerySet[Match]:
        """The latest matches of these versions. Each seat has its index, so the two halves are found apart."""
        further = MatchSeat.objects.filter(version__in=versions).order_by("-match").values_list("match_id", flat=True)
        halves = [
            self.filter(**{f"{seat}__in": versions}).order_by("-pk").values("pk")[:limit]
            for seat in ("by_first_seat", "by_second_seat")
        ]
        keys = [row["pk"] for half in halves for row in half] + list(further[:limit])
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
        versions = [version.pk for version in duel.versions]
        stored = self.bulk_create([_match(duel, versions, index, record) for index, record in enumerate(records)])
        MatchSeat.objects.bulk_create(
            MatchSeat(match=match, seat=seat, version_id=versions[record.player_at(seat)])
            for match, record in zip(stored, records, strict=True)
            for seat in range(2, len(versions))
        )
        return stored


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
    by_second_seat = models.ForeignKey(Version, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    first_player = models.PositiveSmallIntegerField(
        help_text="Who had the first seat: 0 the duel's first, 1 its second, ..."
    )
    result = models.CharField(max_length=5, choices=Result.choices)
    winner_seat = models.PositiveSmallIntegerField(null=True)
    fault_seat = models.PositiveSmallIntegerField(null=True)
    fault_kind = models.CharField(max_length=12, blank=True)
    plies = models.PositiveIntegerField()
    scores = models.JSONField(default=list, help_text="By seat.")
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
        return named_together([version.label for version in self.players])

    def get_absolute_url(self) -> str:
        return reverse("matches:match", args=[self.pk])

    @property
    def players(self) -> tuple[Version, ...]:
        """By seat."""
        if self.by_second_seat is None:
            return (self.by_first_seat,)
        further = [] if self.ladder.seats <= 2 else [seat.version for seat in self.further.all()]
        return self.by_first_seat, self.by_second_seat, *further

    def player_at(self, seat: int) -> int:
        """Which of the duel's players had ``seat``, as ``MatchRecord.player_at`` says."""
        return (seat + self.first_player) % max(2, len(self.scores))

    @property
    def points_of_first(self) -> float | None:
        """What the duel's first player took: 1, 1/2 or 0; None where the match counts for nobody."""
        if self.result == self.Result.VOID or (self.result == self.Result.FAULT and self.fault_seat is None):
            return None
        return 0.5 if self.winner_seat is None else float(self.player_at(self.winner_seat) == 0)

    @property
    def points(self) -> tuple[float, float] | None:
        """The points of both seats of a match for two; None where it counts for nobody."""
        taken = self.points_of_first
        if taken is None:
            return None
        return (taken, 1.0 - taken) if self.player_at(0) == 0 else (1.0 - taken, taken)

    def decoded(self) -> MatchRecord:
        return MatchRecord.decode(bytes(self.record))

    @property
    def outcome(self) -> str:
        """How it ended, as a short sentence."""
        if self.result == self.Result.FAULT and self.fault_seat is not None:
            return f"{self.players[self.fault_seat].label} lost by a fault"
        if self.winner_seat is not None:
            return f"{self.players[self.winner_seat].label} won"
        if len(self.scores) == 1:
            return f"returned {self.scores[0]:.4g}"
        return {"draw": "a draw", "void": "void", "fault": "both failed"}.get(self.result, self.result)


class MatchSeat(models.Model):
    """Who had a seat beyond the second."""

    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="further")
    seat = models.PositiveSmallIntegerField(help_text="From 2.")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint("match", "seat", name="one_player_a_seat")]
        indexes = [models.Index(fields=["version", "-match"], name="match_further_seat")]
        ordering = ["match", "seat"]


def _match(duel: Duel, versions: Sequence[int], index: int, record: MatchRecord) -> Match:
    seats: list[Any] = [versions[record.player_at(seat)] for seat in range(len(versions))]
    return Match(
        duel=duel,
        index=index,
        ladder_id=duel.ladder_id,
        by_first_seat_id=seats[0],
        by_second_seat_id=seats[1] if len(seats) > 1 else None,
        first_player=record.first_player,
        result=record.result,
        winner_seat=record.winner,
        fault_seat=record.fault.seat if record.fault else None,
        fault_kind=record.fault.kind if record.fault else "",
        plies=record.plies,
        scores=list(record.scores),
        record=record.encode(),
    )
