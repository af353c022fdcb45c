"""Ladders and their standings. What a page shows is stored ready: no page counts matches.

Each finished duel updates, in the transaction that stores its matches: the online rating (openskill) and the counters
of both versions, and the results of that pair of versions. The published ratings are refitted from the pair results
afterwards, for all versions of a ladder at once; see ``sparring.site.ladders.publishing``.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.db.models.functions import Now
from django.urls import reverse

from sparring.engine import load_game
from sparring.errors import SparringError
from sparring.site.ladders.clock import ClockSettings
from sparring.site.ladders.season_settings import SeasonSettings
from sparring.site.submissions.models import Agent, Kind, Version, options_text

PUBLISHED_LEVEL = 0.95
PAGE = 50
MOST_FAULTS = 0.1
FAULTS_COUNT_FROM = 20
MOST_CLIMBED = 150


def slug_of(game: str, options: dict[str, Any]) -> str:
    """What the ladder of a game under ``options`` is called in addresses."""
    slug = game if not options else f"{game}-" + "-".join(f"{key}-{options[key]}" for key in sorted(options))
    return re.sub(r"[^a-z0-9_-]+", "-", slug.lower())


class LadderManager(models.Manager["Ladder"]):
    def for_game(self, game: str, options: dict[str, Any] | None = None) -> Ladder:
        """The ladder of a game under ``options`` (those that differ from the defaults), made when missing."""
        given = options or {}
        slug = slug_of(game, given)
        found = self.filter(slug=slug).first()
        if found is not None:
            return found
        rules = load_game(game, given, compiled=False)
        made = {"game": game, "options": given, "seats": rules.seats, "title": rules.title}
        return self.get_or_create(slug=slug, defaults=made)[0]

    def of_agent(self, agent: Agent) -> Ladder:
        """Where the submissions of an agent go."""
        return self.for_game(agent.game, agent.options)

    def revision(self) -> int:
        """A number that rises whenever any ladder changes."""
        return self.aggregate(total=models.Sum("revision"))["total"] or 0


class Ladder(ClockSettings, SeasonSettings):
    """The ranking of one game under one set of options."""

    slug = models.SlugField(max_length=120, unique=True)
    game = models.CharField(max_length=60)
    options = models.JSONField(default=dict, blank=True)
    title = models.CharField(max_length=120, blank=True)
    seats = models.PositiveSmallIntegerField(default=2, db_default=2, help_text="Of the game under these options.")
    revision = models.PositiveBigIntegerField(default=0, help_text="Rises with every change that a page can show.")
    matches = models.PositiveIntegerField(default=0)
    fitted_matches = models.PositiveIntegerField(default=0, help_text="Matches in the published ratings.")
    fitted_at = models.DateTimeField(null=True)
    seeded_with = models.CharField(max_length=60, blank=True, help_text="Which release entered its house agents.")
    created = models.DateTimeField(db_default=Now())

    objects: ClassVar[LadderManager] = LadderManager()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        if not self.title:
            return self.slug
        return f"{self.title} ({self.options_text})" if self.options else self.title

    def get_absolute_url(self) -> str:
        return reverse("ladders:ladder", args=[self.slug])

    def clean(self) -> None:
        """Of a new ladder: name, address and seats follow from the game and those options that are not its defaults."""
        super().clean()
        if not self._state.adding:
            return
        given: Any = self.options
        if not isinstance(given, dict):
            raise ValidationError({"options": 'Options are names and values, such as {"seats": 3}.'})
        try:
            game = load_game(self.game, self.options, compiled=False)
            plain = load_game(self.game, compiled=False)
        except SparringError as error:
            raise ValidationError(str(error)) from error
        changed = {name: game.options[name] for name in self.options if game.options[name] != plain.options[name]}
        self.game, self.options, self.seats = game.name, changed, game.seats
        self.title = self.title or game.title
        self.slug = slug_of(game.name, changed)
        if Ladder.objects.filter(slug=self.slug).exists():
            raise ValidationError(f"There is a ladder for this game with these options already: {self.slug}.")

    @property
    def options_text(self) -> str:
        return options_text(self.options)

    def enter(self, version: Version) -> Standing:
        """Put a version on the ladder as its agent's current one. Entering twice changes nothing."""
        from sparring.ratings import new_skill  # only here: it brings SciPy along, which the pages don't need

        with transaction.atomic():
            skill = new_skill()
            standing, new = Standing.objects.get_or_create(
                ladder=self, version=version, defaults={"mu": skill.mu, "sigma": skill.sigma}
            )
            if new:
                held = self.standings.filter(version__agent_id=version.agent_id, current=True, division__gt=0).first()
                if held is not None:
                    Standing.objects.filter(pk=standing.pk).update(division=held.division)
                self.touch()
                self._rest_older(version, standing)
        return standing

    def share(self, version: Version) -> None:
        """Let a version be played for by its twin: its agent's other versions rest, and the twin's entry is current."""
        with transaction.atomic():
            standing = self.standings.filter(version=version.who_plays).first()
            if standing is not None:
                self.standings.filter(pk=standing.pk).update(current=True)
                self._rest_older(version, standing)
                self.touch()

    def _rest_older(self, version: Version, playing: Standing) -> None:
        """Only ``playing`` is current for the agent of ``version``, and what others share with it."""
        older = self.standings.filter(version__agent_id=version.agent_id, current=True).exclude(pk=playing.pk)
        for standing in older.select_related("version"):
            if not _plays_for_others(standing.version):
                self.standings.filter(pk=standing.pk).update(current=False, position=None)

    def touch(self) -> None:
        Ladder.objects.filter(pk=self.pk).update(revision=F("revision") + 1)


def _plays_for_others(version: Version) -> bool:
    """Whether another agent's newest version has the same contents, and so shares this entry."""
    twins = version.twins.filter(state=Version.State.ON_LADDER).exclude(agent_id=version.agent_id)
    later = Version.objects.filter(state=Version.State.ON_LADDER, agent=OuterRef("agent"))
    return twins.filter(~Exists(later.filter(number__gt=OuterRef("number")))).exists()


class StandingManager(models.Manager["Standing"]):
    def on_page(self, ladder: Ladder, every_version: bool = False) -> models.QuerySet[Standing]:
        """The rows of a ladder's page, strongest first: the current version of each agent, or every version."""
        rows = self.filter(ladder=ladder).select_related("version", "version__agent", "version__agent__owner")
        rows = rows.defer("version__log", "version__metrics")
        twins = Version.objects.filter(state=Version.State.ON_LADDER).defer("log", "metrics")
        rows = rows.prefetch_related(Prefetch("version__twins", twins, to_attr="sharing"))
        return (rows if every_version else rows.filter(current=True)).order_by("-rating", "pk")

    def withdraw(self, version: Version, sentence: str) -> None:
        """Take a version that can play no more off its ladders; what it has played stays."""
        with transaction.atomic():
            version.withdraw(sentence)
            for standing in self.filter(version=version).select_related("ladder"):
                standing.ladder.touch()
                self.filter(pk=standing.pk).update(current=False, position=None)

    def climb(self, ladder: Ladder) -> list[Standing]:
        """The learner's checkpoints on this ladder in the order in which they entered."""
        rows = self.filter(ladder=ladder, version__agent__kind=Kind.LEARNER, matches__gt=0)
        latest = rows.select_related("version", "version__agent").defer("version__log").order_by("-pk")[:MOST_CLIMBED]
        return list(latest)[::-1]


class Standing(models.Model):
    """How one version stands on one ladder."""

    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, related_name="standings")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="standings")
    current = models.BooleanField(default=True, help_text="Whether it is its agent's latest version.")
    mu = models.FloatField()
    sigma = models.FloatField()
    rating = models.FloatField(default=0.0, help_text="Published, in Elo-like points.")
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    position = models.PositiveIntegerField(null=True, help_text="Place among the current versions.")
    best_rank = models.PositiveIntegerField(null=True)
    worst_rank = models.PositiveIntegerField(null=True)
    wins = models.PositiveIntegerField(default=0)
    draws = models.PositiveIntegerField(default=0)
    losses = models.PositiveIntegerField(default=0, help_text="Lost on the board.")
    faults = models.PositiveIntegerField(default=0, help_text="Lost by a fault of its own.")
    matches = models.PositiveIntegerField(default=0)
    place_sum = models.FloatField(default=0.0, db_default=0.0, help_text="Of more than two: the sum of its places.")
    returns = models.JSONField(default=list, blank=True, help_text="Alone: what it got on each of the common seeds.")
    deviation = models.FloatField(null=True, help_text="Alone: the standard deviation of its returns.")
    division = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="From 1, the highest; 0: none yet.")
    point_matches = models.PositiveIntegerField(default=0, help_text="Matches at the latest point of its curve.")
    benched = models.CharField(max_length=400, blank=True, default="", db_default="", help_text="Why it plays no more.")
    entered = models.DateTimeField(db_default=Now())
    last_match = models.DateTimeField(null=True)

    objects: ClassVar[StandingManager] = StandingManager()

    class Meta:
        constraints = [models.UniqueConstraint("ladder", "version", name="one_standing_a_version")]
        indexes = [
            models.Index("ladder", F("rating").desc(), "id", condition=Q(current=True), name="standing_current"),
            models.Index("ladder", F("rating").desc(), "id", name="standing_every"),
        ]

    def __str__(self) -> str:
        return f"{self.version} on {self.ladder}"

    @property
    def mean_place(self) -> float | None:
        """Its mean place at a table, from 1; None before it has played there."""
        return self.place_sum / self.matches if self.place_sum else None

    @property
    def faults_too_often(self) -> bool:
        """Whether it is to be benched: it has lost more than a tenth of its matches by faults, and played enough."""
        enough = self.matches >= FAULTS_COUNT_FROM and not self.benched
        return enough and self.faults > MOST_FAULTS * self.matches

    def bench(self, latest: str = "") -> None:
        """Take it out of play on this ladder, and tell its owner why and what to do. Its rating and matches stay."""
        sentence = (
            f"Benched: it lost {self.faults} of {self.matches} matches by a fault, more than one in ten, "
            "and plays no more. Mend it and submit a new version, which starts afresh."
        )
        self.benched = f"{sentence} The latest fault: {latest}"[:400] if latest else sentence
        self.save(update_fields=["benched"])
        Version.objects.filter(pk=self.version_id).update(sentence=self.benched)
        self.ladder.touch()

    @property
    def half_width(self) -> float:
        """Half of the rating's interval, in points; infinite before the first fit."""
        return (self.high - self.low) / 2 if self.high is not None and self.low is not None else float("inf")

    @property
    def rank_range(self) -> str:
        """``3`` or ``2-5``, with an en dash; empty before the first fit."""
        if self.best_rank is None or self.worst_rank is None:
            return ""
        return str(self.best_rank) if self.best_rank == self.worst_rank else f"{self.best_rank}\u2013{self.worst_rank}"


class PairResult(models.Model):
    """All matches between two versions on a ladder, added up. ``first`` has the lower key.

    ``pairs`` counts the pairs of matches with one seed and swapped seats by what ``first`` took of the two: 0, 1/2, 1,
    1 1/2, 2 points. ``courses`` holds up to three digests of different courses of play, to see agents without chance,
    whose matches only repeat each other.
    """

    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, related_name="pair_results")
    first = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    wins = models.PositiveIntegerField(default=0, help_text="Of first, the faults of second among them.")
    draws = models.PositiveIntegerField(default=0)
    losses = models.PositiveIntegerField(default=0, help_text="Of first, its faults among them.")
    past_points = models.FloatField(default=0.0, db_default=0.0, help_text="Of first, in past seasons, as they count.")
    past_games = models.FloatField(default=0.0, db_default=0.0, help_text="Of past seasons, as they count.")
    pairs = models.JSONField(default=list)
    courses = models.JSONField(default=list)
    updated = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint("ladder", "first", "second", name="one_result_a_pair")]
        indexes = [models.Index(fields=["second"], name="pair_second")]

    @property
    def matches(self) -> int:
        return self.wins + self.draws + self.losses

    @property
    def repeats(self) -> bool:
        """Whether play between these two has only ever taken one course for each order of seats."""
        return len(self.courses) <= 2 and self.matches > 2

    @property
    def weight(self) -> float:
        """What share of the matches counts in the published rating: repeats of the same two matches count once."""
        return 2.0 / self.matches if self.repeats else 1.0


class RatingPoint(models.Model):
    """A version's published rating at some moment, for its curve; kept more and more rarely as matches add up."""

    standing = models.ForeignKey(Standing, on_delete=models.CASCADE, related_name="points")
    season = models.PositiveIntegerField(default=1, db_default=1)
    matches = models.PositiveIntegerField()
    rating = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    created = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint("standing", "season", "matches", name="one_point_a_count")]
        ordering = ["standing", "season", "matches"]
