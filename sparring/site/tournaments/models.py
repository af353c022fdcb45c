"""Tournaments, and their editions: a fixed list of versions, the duels between them, and where each came in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from sparring.errors import BadOption
from sparring.matches.tournaments import Contest, Result, following
from sparring.site.accounts.models import User
from sparring.site.ladders.models import Ladder, Standing
from sparring.site.matches.models import Duel
from sparring.site.submissions.models import Version
from sparring.site.tournaments.formats import Kind, format_of
from sparring.site.tournaments.tallies import table_results

FEWEST = 2
GONE = Version.State.FAILED
MOST, MOST_AT_TABLES = 512, 128
MOST_WORDS = 300
"""Letters in which an organiser says why an edition was called off."""


class TournamentManager(models.Manager["Tournament"]):
    def due(self) -> list[Tournament]:
        """Those whose next edition is to begin."""
        idle = self.exclude(editions__state=Edition.State.RUNNING).select_related("ladder")
        return [tournament for tournament in idle if tournament.is_due()]


class Tournament(models.Model):
    """How a tournament is held, and when."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=120)
    ladder = models.ForeignKey(
        Ladder, on_delete=models.CASCADE, related_name="tournaments", help_text="Where its entries come from."
    )
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.ROUND_ROBIN)
    settings = models.JSONField(default=dict, blank=True, help_text='Of the format, e.g. {"cycles": 2}.')
    field = models.PositiveIntegerField(default=16, help_text="How many enter at most: the strongest of the ladder.")
    matches = models.PositiveIntegerField(
        default=20,
        help_text="Of each duel, in pairs of a seed; at a table in rounds of a seed; alone so many seeds.",
    )
    every_hours = models.PositiveIntegerField(null=True, blank=True, help_text="Hours between two editions.")
    when_field_changes = models.BooleanField(
        default=False, help_text="Begin an edition when the strongest versions are others than in the last one."
    )
    created = models.DateTimeField(db_default=Now())

    objects: ClassVar[TournamentManager] = TournamentManager()

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("tournaments:tournament", args=[self.slug])

    def clean(self) -> None:
        if not hasattr(self, "ladder"):
            return  # the form says that it is missing
        seats, most = self.ladder.seats, MOST if self.ladder.seats <= 2 else MOST_AT_TABLES
        if not self.fewest <= self.field <= most:
            raise ValidationError({"field": f"Between {self.fewest} and {most} can enter."})
        if seats <= 2 and (not 2 <= self.matches <= 1000 or self.matches % seats):
            raise ValidationError({"matches": "An even number, from 2 to 1,000: matches come in pairs."})
        if seats > 2 and (not seats <= self.matches <= 1000 or self.matches % seats):
            sentence = f"A multiple of {seats}, up to 1,000: with each seed everybody has all {seats} seats once."
            raise ValidationError({"matches": sentence})
        try:
            format_of(self.kind, self.settings, self.field, seats)
        except BadOption as error:
            raise ValidationError({"settings": str(error)}) from error

    @property
    def fewest(self) -> int:
        """How many an edition needs: two, or a full table."""
        return max(FEWEST, self.ladder.seats)

    def strongest(self) -> list[Standing]:
        """Who would enter now, the strongest first."""
        rows = Standing.objects.on_page(self.ladder).filter(
            version__state=Version.State.ON_LADDER, matches__gt=0, benched=""
        )
        return list(rows[: self.field])

    def is_due(self) -> bool:
        """Whether an edition should begin by itself: time, or the field, has moved on since the last one."""
        last = self.editions.order_by("-number").first()
        if last is None:
            return bool(self.every_hours or self.when_field_changes) and len(self.strongest()) >= self.fewest
        if self.every_hours and timezone.now() - last.started >= timedelta(hours=self.every_hours):
            return len(self.strongest()) >= self.fewest
        if not self.when_field_changes:
            return False
        field = {standing.version_id for standing in self.strongest()}
        return len(field) >= self.fewest and field != set(last.entries.values_list("version_id", flat=True))

    def begin(self) -> Edition | None:
        """The next edition, with the strongest of the ladder; None while one goes on, or too few could enter."""
        with transaction.atomic():
            Tournament.objects.select_for_update().get(pk=self.pk)
            field = self.strongest()
            if len(field) < self.fewest or self.editions.filter(state=Edition.State.RUNNING).exists():
                return None
            edition = Edition.objects.create(tournament=self, number=self.editions.count() + 1)
            Entry.objects.bulk_create(
                Entry(edition=edition, seed=seed, version_id=standing.version_id, rating=standing.rating)
                for seed, standing in enumerate(field)
            )
        return edition


class Edition(models.Model):
    """One holding of a tournament."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        CALLED_OFF = "called off"

    tournament = models.ForeignKey(Tournament, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started = models.DateTimeField(db_default=Now())
    finished = models.DateTimeField(null=True)
    called_off_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    called_off_because = models.CharField(max_length=MOST_WORDS, blank=True, default="", db_default="")

    objects: ClassVar[models.Manager[Edition]] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint("tournament", "number", name="one_edition_a_number")]
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.tournament} {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("tournaments:edition", args=[self.tournament.slug, self.number])

    @property
    def seats(self) -> int:
        """Of the game."""
        return self.tournament.ladder.seats

    def format(self) -> Contest[Any, Any]:
        """How it is held, for the entries that it has."""
        return format_of(self.tournament.kind, self.tournament.settings, self.entries.count(), self.seats)

    def results(self) -> list[Any]:
        """What is decided, in the order in which it was paired: ``Result``, or ``TableResult`` for other than two."""
        return self.results_of(self.counted())

    def results_of(self, bouts: list[Bout]) -> list[Any]:
        """How these bouts ended."""
        return [bout.result() for bout in bouts] if self.seats == 2 else table_results(bouts, self.seats)

    def counted(self) -> list[Bout]:
        """The bouts that are decided and count: not those that were struck, nor what was paired because of them."""
        counts = Q(tally__isnull=False) if self.seats != 2 else ~Q(duel__state__in=Duel.UNDECIDED)
        related = self.bouts.select_related("duel__ladder", "duel__first", "duel__second")
        rows = list(related.filter(counts | Q(struck=True)).order_by("pk"))
        decided = [bout for bout in rows if not bout.struck]
        if len(decided) == len(rows):
            return decided
        return [decided[index] for index in following(self.format(), self.results_of(decided))]

    def strike(self) -> bool:
        """While it goes on: what failed its audit counts no more, and is played again. Whether there was any."""
        return bool(self.bouts.filter(bad__gt=0, struck=False).update(struck=True))

    def reopen(self) -> bool:
        """Take it up again where matches failed their audit after it was over; whether that was so."""
        over = Edition.objects.filter(pk=self.pk, state=self.State.DONE)
        if not self.bouts.filter(bad__gt=0, struck=False).exists():
            return False
        return bool(over.update(state=self.State.RUNNING, finished=None))

    def call_off(self, by: User, why: str) -> None:
        """Within a transaction that has locked it, while it goes on: withdraw what is not played; the rest stays."""
        sentence = f"Withdrawn: {self} was called off."
        for bout in self.bouts.filter(duel__state__in=Duel.UNDECIDED).select_related("duel"):
            if bout.duel.withdraw(sentence):
                self.bouts.filter(pk=bout.pk).update(struck=True)
        Edition.objects.filter(pk=self.pk).update(
            state=self.State.CALLED_OFF, finished=Now(), called_off_by=by, called_off_because=why
        )


class Entry(models.Model):
    """A version in an edition. Places are written when the edition is over."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="entries")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    seed = models.PositiveIntegerField(help_text="From 0, the strongest first.")
    rating = models.FloatField(help_text="On the ladder, when the edition began.")
    place = models.PositiveIntegerField(null=True)
    score = models.FloatField(default=0.0)
    mean = models.FloatField(null=True, help_text="At tables the mean place so far; alone the mean return.")
    low = models.FloatField(null=True, help_text="Of the 95% interval of the mean.")
    high = models.FloatField(null=True, help_text="Of the 95% interval of the mean.")
    deviation = models.FloatField(null=True, help_text="Alone: the standard deviation of the returns.")

    class Meta:
        constraints = [models.UniqueConstraint("edition", "seed", name="one_entry_a_seed")]
        ordering = ["seed"]


class Bout(models.Model):
    """A pairing of an edition and the duel that decides it; the ledger from which the edition can be replayed."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="bouts")
    duel = models.ForeignKey(Duel, on_delete=models.PROTECT, related_name="bouts")
    round = models.PositiveIntegerField()
    game = models.PositiveIntegerField(default=0, help_text="Which game of a bracket; 0 where there is none.")
    first = models.PositiveIntegerField(help_text="Seed of an entry.")
    second = models.PositiveIntegerField(null=True, help_text="Seed of an entry; none plays alone.")
    further = models.JSONField(default=list, help_text="Seeds of those at the table beyond the second.")
    tally = models.JSONField(
        null=True, help_text="Of games for other than two: points or returns of everybody, seed by seed."
    )
    nth = models.PositiveIntegerField(default=1, help_text="Drawn duels of a bracket are played again.")
    reason = models.CharField(max_length=300)
    turned = models.BooleanField(default=False, help_text="The duel names the two in the other order.")
    reused = models.BooleanField(default=False, help_text="The two versions had met before.")
    bad = models.PositiveIntegerField(default=0, db_default=0, help_text="Matches of the duel that failed their audit.")
    struck = models.BooleanField(
        default=False, db_default=False, help_text="It counts no more: it is played again, or was withdrawn."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint("edition", "round", "game", "first", "second", "nth", name="one_bout_a_pairing"),
            models.UniqueConstraint(
                "edition", "round", "game", "first", "nth", condition=Q(second=None), name="one_bout_alone"
            ),
            models.UniqueConstraint("edition", "duel", name="a_duel_counts_once"),
        ]
        ordering = ["pk"]

    @property
    def players(self) -> tuple[int, ...]:
        """The seeds of all who play, in the order in which they were paired."""
        return (self.first, *(() if self.second is None else (self.second,)), *self.further)

    @property
    def withdrawn(self) -> bool:
        """Whether its edition was called off before it was played."""
        return self.struck and not self.bad

    @property
    def void(self) -> bool:
        """Whether it was given up, and nobody is to blame: it counts as if drawn."""
        given_up = self.duel.state == Duel.State.FAILED and not self.withdrawn
        return given_up and all(side.state != GONE for side in self.duel.versions)

    def result(self) -> Result:
        """How a duel of two ended. One that could not be played is lost by the version that was withdrawn for it."""
        first, second = self.players
        return Result(self.round, first, second, self._points(), self.game, self.void)

    def _points(self) -> float:
        ours, theirs = self.duel.points
        if self.duel.state == Duel.State.DONE and ours + theirs > 0:
            share = ours / (ours + theirs)
        else:
            gone = [side.state == GONE for side in self.duel.versions]
            share = 0.5 if gone[0] == gone[1] else float(gone[1])
        return 1.0 - share if self.turned else share
