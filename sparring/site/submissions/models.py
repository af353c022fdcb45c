"""Agents and their versions: from upload through the checks to the ladder."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Now
from django.urls import reverse

from sparring.errors import SparringError
from sparring.models import Registry
from sparring.sandbox.prepared import Prepared
from sparring.site.accounts.models import User
from sparring.site.builds import images, layers
from sparring.site.submissions import artefacts
from sparring.site.submissions.containers import is_container, why_refused
from sparring.site.work.models import MOST_LOSSES, WorkItem

MOST_WAITING = 5
PARKED = "The arena failed at this step again and again. The organiser sees why, and can have it tried once more."
NAME_RULE = RegexValidator(
    r"^[A-Za-z0-9](?:[A-Za-z0-9 ._:=@-]{0,38}[A-Za-z0-9])?$",
    "A name has up to 40 letters, digits, spaces or . _ - and begins and ends with a letter or digit.",
)


@cache
def _agents_address() -> str:
    """Where the pages of agents begin. Looked up once: a ladder's page has fifty links to them."""
    return reverse("submissions:agents")


def options_text(options: dict[str, Any]) -> str:
    """Options of a game for people: ``seats 4, size 13``."""
    return ", ".join(f"{key} {json.dumps(value)}" for key, value in sorted(options.items()))


class Kind(models.TextChoices):
    HOUSE = "house", "House"
    LEARNER = "learner", "Learner"
    USER = "user", "Submitted"


class AgentManager(models.Manager["Agent"]):
    def shown(self, game: str = "") -> models.QuerySet[Agent]:
        """Every agent with a version on a ladder, of one game or of all."""
        agents = self.select_related("owner").filter(versions__state=Version.State.ON_LADDER).distinct()
        return agents.filter(game=game) if game else agents

    def house(self, game: str, name: str, kind: str = Kind.HOUSE) -> Agent:
        """The arena's own agent of that name, made when missing. Raises SparringError when a person has the name."""
        agent, _ = self.get_or_create(game=game, name=name, defaults={"kind": kind})
        if agent.owner_id is not None:
            raise SparringError(f"The name '{name}' belongs to an agent of {agent.owner}; choose another.")
        return agent

    def of_person(self, owner: User, game: str, name: str, options: dict[str, Any] | None = None) -> Agent:
        """The agent of ``owner`` with that name, made when missing; ``options``: those under which it plays the game.

        Raises SparringError when another agent has the name, or this one plays under other options.
        """
        fields = {"kind": Kind.USER, "owner": owner, "options": options or {}}
        agent, _ = self.get_or_create(game=game, name=name, defaults=fields)
        if agent.owner_id != owner.pk:
            raise SparringError(f"Another agent is already called '{name}'; choose another name.")
        if options is not None and agent.options != options:
            raise SparringError(f"Your agent '{name}' plays on another ladder of this game; choose another name.")
        return agent


class Agent(models.Model):
    """Someone who plays one game, in one version after another."""

    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="agents")
    game = models.CharField(max_length=60)
    options = models.JSONField(
        default=dict, db_default={}, blank=True, help_text="Of the game, where they are not its defaults."
    )
    name = models.CharField(max_length=40, validators=[NAME_RULE])
    kind = models.CharField(max_length=8, choices=Kind.choices)
    created = models.DateTimeField(db_default=Now())

    objects: ClassVar[AgentManager] = AgentManager()

    class Meta:
        constraints = [models.UniqueConstraint("game", "name", name="one_agent_a_name_and_game")]
        ordering = ["game", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{_agents_address()}{self.pk}/"

    @property
    def options_text(self) -> str:
        """Under which options it plays; empty where they are the game's defaults."""
        return options_text(self.options)

    @property
    def author(self) -> str:
        """Who made it, for people."""
        return self.owner.username if self.owner_id and self.owner else self.kind

    def add_version(self, **fields: Any) -> Version:
        """Append a version with the next number."""
        with transaction.atomic():
            Agent.objects.select_for_update().get(pk=self.pk)
            last = self.versions.aggregate(last=Max("number"))["last"] or 0
            return self.versions.create(number=last + 1, **fields)


class VersionManager(models.Manager["Version"]):
    def get_queryset(self) -> models.QuerySet[Version]:
        return super().get_queryset().select_related("agent", "agent__owner")

    def of_owner(self, user: User) -> models.QuerySet[Version]:
        return self.filter(agent__owner=user).defer("log").order_by("-pk")

    def on_ladder(self, game: str) -> models.QuerySet[Version]:
        return self.filter(state=Version.State.ON_LADDER, agent__game=game)

    def submit(self, owner: User, game: str, name: str, filename: str, data: bytes, public: bool = False) -> Version:
        """Take in what ``owner`` has uploaded, and queue its build. ``public``: whether everyone may read it.

        Raises SparringError: too many submissions waiting, a name that another has, a file of the wrong kind, an
        image where none is played.
        """
        self._require_patience(owner)
        container = is_container(filename, data)
        if container and (reason := why_refused()) is not None:
            raise SparringError(reason)
        stored = artefacts.store(filename, data)
        fields = {"artefact": stored.name, "sha256": stored.sha256, "size": stored.size, "container": container}
        return self._take_in(owner, game, name, filename=Path(filename).name[:120], public=public, **fields)

    def submit_model(self, owner: User, game: str, name: str, reference: str) -> Version:
        """Let a model of this arena's registry play for ``owner``. Raises like ``submit``, and for an unknown model."""
        self._require_patience(owner)
        model = Registry().find(reference)
        if model.game != game:
            raise SparringError(f"The model {model} plays {model.game}, not {game}.")
        return self._take_in(owner, game, name, spec=f"model:{model}")

    def _take_in(self, owner: User, game: str, name: str, **fields: Any) -> Version:
        """A new version, and the work that it has to go through."""
        with transaction.atomic():
            version = Agent.objects.of_person(owner, game, name).add_version(**fields)
            Build.objects.create(version=version)
        return version

    def under_way(self, owner: User) -> models.QuerySet[Version]:
        """Submissions of ``owner`` that are neither through nor failed."""
        through = [Version.State.ON_LADDER, Version.State.FAILED]
        return self.filter(agent__owner=owner).exclude(state__in=through)

    def _require_patience(self, owner: User) -> None:
        waiting = self.under_way(owner).count()
        if waiting >= MOST_WAITING:
            raise SparringError(f"{waiting} of your submissions are still being checked; wait until one is through.")


class Version(models.Model):
    """One state of an agent's code or weights. It never changes once it is there."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", "uploaded"
        BUILT = "built", "built"
        SELF_TESTED = "self-tested", "self-tested"
        VALIDATED = "validated", "validated"
        ON_LADDER = "on ladder", "on the ladder"
        FAILED = "failed", "failed"

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    spec = models.CharField(max_length=300, blank=True, help_text="For agents of the house: what `load` reads.")
    artefact = models.CharField(max_length=80, blank=True, help_text="For submissions: the file's name in the store.")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    filename = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.UPLOADED)
    failed_step = models.CharField(max_length=12, blank=True)
    sentence = models.TextField(blank=True, help_text="Why it failed, or what it waits for.")
    log = models.TextField(blank=True, help_text="What the agent wrote; for its owner only.")
    layer = models.CharField(max_length=64, blank=True, help_text="The packages that it shares with its equals.")
    compiled = models.BooleanField(default=False, help_text="Whether it plays from a folder that a build has made.")
    container = models.BooleanField(
        default=False, db_default=False, help_text="Whether it plays in a container of its own image."
    )
    image = models.CharField(max_length=64, blank=True, default="", db_default="", help_text="The image's digest.")
    image_size = models.BigIntegerField(default=0, db_default=0, help_text="Bytes of the image's files.")
    digest = models.CharField(max_length=64, blank=True, db_index=True, help_text="Equal where the contents are equal.")
    twin_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="twins",
        help_text="The version with the same contents that was there first, and plays for both.",
    )
    public = models.BooleanField(default=False, help_text="Whether its files are published once it is on the ladder.")
    note = models.CharField(max_length=300, blank=True)
    metrics = models.JSONField(default=dict, blank=True)
    created = models.DateTimeField(db_default=Now())

    objects: ClassVar[VersionManager] = VersionManager()

    class Meta:
        constraints = [models.UniqueConstraint("agent", "number", name="one_version_a_number")]
        indexes = [
            models.Index(fields=["state", "agent"], name="version_state"),
            models.Index(fields=["id"], condition=Q(container=True), name="version_container"),
        ]
        ordering = ["agent", "number"]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return f"{_agents_address()}{self.agent_id}/{self.number}/"

    @property
    def label(self) -> str:
        """How people call it: the agent's name, with the version's number where versions follow each other."""
        return self.agent.name if self.agent.kind == Kind.HOUSE else f"{self.agent.name} v{self.number}"

    @property
    def untrusted(self) -> bool:
        """Whether it is somebody's file, which is run or read in the sandbox only."""
        return bool(self.artefact)

    @property
    def image_mib(self) -> str:
        """The size of its image, for people."""
        return f"{self.image_size / 2**20:,.1f}"

    def player_spec(self) -> str:
        """What ``sparring.sandbox.load_player`` reads."""
        return str(artefacts.path_of(self.artefact)) if self.artefact else self.spec

    def prepared(self) -> Prepared:
        """What its build has made for it. Raises SparringError when that is gone."""
        packages = layers.packages_of(self.layer) if self.layer else None
        folder = artefacts.compiled_path_of(self.sha256) if self.compiled else None
        image = images.path_of(self.image) if self.image else None
        gone = (self.layer and packages is None) or (folder is not None and not folder.is_dir())
        if gone or (self.image and image is None):
            raise SparringError("What its build had made is gone; submit it again.")
        return Prepared(packages, folder, image, plain=not self.container)

    def is_open_to(self, user: Any) -> bool:
        """Whether ``user`` may see its logs: its owner and the organiser may."""
        return bool(user.is_authenticated and (user.is_superuser or user.pk == self.agent.owner_id))

    def log_for(self, user: Any) -> str:
        """The log, for its owner and the organiser; empty for everybody else."""
        return self.log if self.is_open_to(user) else ""

    def build_log_for(self, user: Any) -> str:
        """What its build has printed so far, for the same people."""
        build = Build.objects.filter(version=self).first() if self.is_open_to(user) else None
        return build.log if build else ""

    def withdraw(self, sentence: str) -> None:
        """It was on the ladder, and can't play any more; nor can those that share its entry."""
        Version.objects.filter(Q(pk=self.pk) | Q(twin_of=self)).update(
            state=self.State.FAILED, failed_step=self.State.ON_LADDER, sentence=sentence
        )

    @property
    def who_plays(self) -> Version:
        """The version under which its matches are played: its twin, where one was there before."""
        return self.twin_of or self

    @property
    def steps(self) -> list[tuple[str, str]]:
        """The way to the ladder as (step, "done" | "failed" | "now" | "ahead")."""
        names = ["uploaded", "built", "self-tested", "validated", "on ladder"]
        if self.state == self.State.FAILED:
            reached = names.index(self.failed_step) if self.failed_step in names else 1
            marks = ["done"] * reached + ["failed"] + ["ahead"] * (len(names) - reached - 1)
        else:
            reached = names.index(self.state) + 1
            marks = (["done"] * reached + ["now"] + ["ahead"] * len(names))[: len(names)]
        return list(zip(names, marks, strict=True))


class VersionWork(WorkItem):
    """Work that brings one version further, or fails it with a sentence."""

    version = models.OneToOneField(Version, on_delete=models.CASCADE, related_name="%(class)s_item")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{type(self).__name__} of {self.version}"

    def get_absolute_url(self) -> str:
        return self.version.get_absolute_url()

    def reject(self, attempt: int, step: str, sentence: str, log: str = "") -> None:
        """The version failed at ``step``, the state that it did not reach. Raises LateAnswer."""
        with transaction.atomic():
            self.fail(attempt, sentence)
            self._change_version(
                state=Version.State.FAILED, failed_step=step, sentence=sentence, **({"log": log} if log else {})
            )

    def wait(self, attempt: int, pause: timedelta, sentence: str) -> None:
        """The host can't do it now; say why, and try again later. Raises LateAnswer."""
        with transaction.atomic():
            self.put_back(attempt, pause, sentence)
            self._change_version(sentence=sentence)

    def go_wrong(self, attempt: int, sentence: str) -> None:
        """Try the step again later, or park the check. Raises LateAnswer."""
        with transaction.atomic():
            super().go_wrong(attempt, sentence)
            if self.losses < MOST_LOSSES:
                self._change_version(sentence="The arena itself failed here, and tries again in a while.")

    def park(self, sentence: str) -> None:
        super().park(sentence)
        self._change_version(state=Version.State.FAILED, failed_step=self.next_step, sentence=PARKED)

    def try_again(self) -> bool:
        """Take it up again, at the step that the version did not pass."""
        with transaction.atomic():
            again = super().try_again()
            if again:
                steps = [name for name, _ in self.version.steps]
                before = steps[max(0, steps.index(self.next_step) - 1)]
                self._change_version(state=before, failed_step="", sentence="")
        return again

    @property
    def next_step(self) -> str:
        """The state that the version reaches next."""
        return next(name for name, mark in self.version.steps if mark in ("now", "failed"))

    def _change_version(self, **fields: Any) -> None:
        Version.objects.filter(pk=self.version_id).update(**fields)
        if fields.get("state") in (Version.State.ON_LADDER, Version.State.FAILED):
            shared = {name: value for name, value in fields.items() if name in ("state", "failed_step", "sentence")}
            Version.objects.filter(twin_of=self.version_id).update(**shared)
        self.version.refresh_from_db()


class Build(VersionWork):
    """Looks at a submission's file, installs its packages and compiles it, as work with a log that grows."""

    log = models.TextField(blank=True, help_text="What it prints; for the owner only.")

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=["waiting", "running"]), name="build_open"),
            models.Index(fields=["id"], condition=Q(state="parked"), name="build_parked"),
        ]

    def write(self, attempt: int, log: str) -> None:
        """Show ``log`` to the owner, while it goes on. Raises LateAnswer."""
        self._require(self._mine(attempt).update(log=log))

    def succeed(self, attempt: int, log: str, **made: Any) -> None:
        """The version is built; its matches come next. Raises LateAnswer."""
        with transaction.atomic():
            self.finish(attempt)
            Build.objects.filter(pk=self.pk).update(log=log)
            self._change_version(state=Version.State.BUILT, sentence="", **made)
            Check.objects.get_or_create(version=self.version)

    def join(self, attempt: int, first: Version, log: str) -> None:
        """The version has the contents of ``first``, and shares its entry. In a transaction. Raises LateAnswer."""
        self.finish(attempt)
        Build.objects.filter(pk=self.pk).update(log=log)
        state = first.state if first.state == Version.State.ON_LADDER else Version.State.BUILT
        self._change_version(state=state, sentence="", twin_of=first)


class Check(VersionWork):
    """The matches of one submission on its way to the ladder: each step is kept as soon as it is passed."""

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(state__in=["waiting", "running"]), name="check_open"),
            models.Index(fields=["id"], condition=Q(state="parked"), name="check_parked"),
        ]

    def pass_step(self, attempt: int, state: str, log: str = "") -> None:
        """The version has passed a step. Raises LateAnswer."""
        with transaction.atomic():
            self._require(self._mine(attempt).update(losses=0))
            self._change_version(state=state, sentence="", log=log or F("log"))

    def pass_last_step(self, attempt: int, log: str = "") -> None:
        """The version is on the ladder. Called in the transaction that puts it there. Raises LateAnswer."""
        self.finish(attempt)
        self._change_version(state=Version.State.ON_LADDER, sentence="", log=log or F("log"))
