"""The build of a submission: its file is looked at, its packages are installed, what has to be compiled is compiled.

Nothing of it runs outside the sandbox. What a build makes appears in one step when it is whole, so a worker that is
killed on the way leaves nothing but an unfinished folder; the next one begins anew.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
import zipfile
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.db.models import Q

from sparring.agents import Player
from sparring.agents.artefact import Artefact, check_artefact, contents_digest, unpack
from sparring.agents.author_code import Log
from sparring.errors import HostTrouble, SparringError
from sparring.sandbox.building import BuildLimits, Workshop, compile_program
from sparring.sandbox.isolation.build import builders
from sparring.sandbox.package_index import package_index
from sparring.site.builds import conda, images, layers, packages
from sparring.site.builds.requirements import REQUIREMENTS, Wanted, read_requirements
from sparring.site.ladders.models import Ladder
from sparring.site.submissions import artefacts
from sparring.site.submissions.models import Build, Version
from sparring.site.work.duels import game_of
from sparring.site.work.entering import entered
from sparring.site.work.keep_alive import KeepAlive, guarded, held
from sparring.site.work.models import LateAnswer
from sparring.site.work.players import open_player, playable_here, sandbox_driver, waits_for_sandbox
from sparring.site.work.publishing import publish_once

log = logging.getLogger(__name__)
MOST_LOG = 100_000
SECONDS_BETWEEN_WRITES = 1.0
MOST_LIST_BYTES = 262_144
DISK_FULL_PAUSE = timedelta(seconds=60)
IDLE_SECONDS, DATABASE_PAUSE_SECONDS, SWEEP_SECONDS = 0.5, 3.0, 3600.0
DESCRIPTIONS = {
    "agent-file": "an agent in one file.",
    "agent-zip": "a zip with an agent.",
    "classic-zip": "a zip with a classic player.",
    "program-zip": "a program that speaks the wire protocol.",
    "onnx-file": "a network.",
    "dockerfile-zip": "a zip with a Dockerfile.",
    "image-archive": "a container image.",
}
BUILT = Version.State.BUILT


def run_leased_build(build: Build, stop: threading.Event) -> None:
    """Build the submission of ``build``, which this worker has leased; or say at its version why that failed."""
    with held(build, stop) as lease:
        if waits_for_sandbox(build):
            return
        try:
            _build(build, build.attempt, lease)
        except (HostTrouble, OSError) as error:
            log.warning("build %s waits: %s", build.pk, error)
            sentence = f"The arena can't build now, and tries again soon: {error}"
            build.wait(build.attempt, DISK_FULL_PAUSE, sentence)


def _build(build: Build, attempt: int, lease: KeepAlive) -> None:
    page = LivePage(build, attempt, lease)
    try:
        made = _make(build.version, page)
    except SparringError as error:
        if isinstance(error, LateAnswer | HostTrouble):
            raise
        page.say(f"{error}\n")
        page.write()
        build.reject(attempt, BUILT, str(error))
        return
    with transaction.atomic():
        first = _first_of_its_kind(build.version, made["digest"])
        if first is None:
            build.succeed(attempt, page.text, **made)
            return
        page.say(f"It has the same contents as {first.label}, and shares its entry on the ladder.\n")
        build.join(attempt, first, page.text)
        if build.version.state == Version.State.ON_LADDER:
            entered(build.version)


def _first_of_its_kind(version: Version, digest: str) -> Version | None:
    """The version of the same contents that is on this ladder already, or on its way to. Called in a transaction."""
    agent, ladder = version.agent, Ladder.objects.of_agent(version.agent)
    Ladder.objects.select_for_update().get(pk=ladder.pk)  # of two that are built at once, one is first
    same = Q(digest=digest) | (Q(spec=version.spec) if version.spec else Q(pk=None))
    others = Version.objects.filter(same, agent__game=agent.game, agent__options=agent.options, twin_of=None)
    found = others.exclude(pk=version.pk).exclude(state=Version.State.FAILED).order_by("pk").first()
    Version.objects.filter(pk=version.pk).update(digest=digest)
    return found


class LivePage:
    """The log of a build on its owner's page: written to the row about once a second, as long as the lease holds."""

    def __init__(self, build: Build, attempt: int, lease: KeepAlive) -> None:
        self._build, self._attempt, self._lease = build, attempt, lease
        self._log, self._written, self._changed = Log(MOST_LOG), time.monotonic(), False

    @property
    def text(self) -> str:
        return self._log.text

    def say(self, text: str) -> None:
        self._log.add(text.replace("\0", ""))
        self._changed = True

    def check(self) -> None:
        """Raise what the lease has to say; show what is new."""
        self._lease.check()
        if self._changed and time.monotonic() - self._written > SECONDS_BETWEEN_WRITES:
            self.write()

    def write(self) -> None:
        self._build.write(self._attempt, self.text)
        self._written, self._changed = time.monotonic(), False


def _make(version: Version, page: LivePage) -> dict[str, Any]:
    """What a version is when it is built, as fields. Raises SparringError with a sentence for its author."""
    if not version.artefact:
        _player_of(version).close()
        return {"digest": hashlib.sha256(version.spec.encode()).hexdigest()}
    path = artefacts.path_of(version.artefact)
    try:
        artefact = check_artefact(path, containers=version.container)
    except SparringError as error:
        sentence = str(error).replace(str(path), path.name)  # where the store is, is nobody's business
        raise SparringError(sentence.replace(path.name, version.filename)) from error
    page.say(f"{version.filename}: {DESCRIPTIONS[artefact.kind]}\n")
    limits = BuildLimits(settings.BUILD_SECONDS, settings.BUILD_MIB, settings.BUILD_MEMORY_MIB)
    workshop = Workshop(path.parent, limits, page.say, page.check)
    if artefact.is_image:
        return _make_image(version, artefact, workshop)
    workshop.drivers = builders([sandbox_driver(), *settings.SANDBOX_DRIVERS])
    wanted = _wanted(artefact, page)
    index = package_index(settings.PACKAGE_INDEX, settings.PACKAGE_HOSTS) if wanted.packages else None
    layer = packages.install(wanted, index, workshop)
    if artefact.compile:
        _compile(artefact, artefacts.compiled_path_of(version.sha256), workshop)
    if artefact.kind == "onnx-file":
        _look_at_network(version)
    return {"layer": layer, "compiled": bool(artefact.compile), "digest": contents_digest(artefact)}


def _make_image(version: Version, artefact: Artefact, workshop: Workshop) -> dict[str, Any]:
    """The image of a submission; one of the same file that was made before is taken as it is."""
    before = Version.objects.filter(sha256=version.sha256).exclude(image="").first()
    if before is not None and images.path_of(before.image) is not None:
        workshop.say("Its image has been made before.\n")
        return {"image": before.image, "image_size": before.image_size, "digest": before.image}
    image = images.build(artefact, workshop)
    return {"image": image.digest, "image_size": image.size, "digest": image.digest}


def _wanted(artefact: Artefact, page: LivePage) -> Wanted:
    """The packages that a zip asks for."""
    if artefact.kind not in ("agent-zip", "classic-zip", "program-zip"):
        return Wanted()
    with zipfile.ZipFile(artefact.path) as archive:
        names = set(archive.namelist())
        for name, read in ((REQUIREMENTS, read_requirements), (conda.FILE, conda.read_environment)):
            if name in names and (name == REQUIREMENTS or artefact.kind == "classic-zip"):
                if archive.getinfo(name).file_size > MOST_LIST_BYTES:
                    raise SparringError(f"{name} is larger than {MOST_LIST_BYTES // 1024} KiB.")
                return read(archive.read(name), page.say)
    return Wanted()


def _compile(artefact: Artefact, target: Path, workshop: Workshop) -> None:
    """Run the command that compiles a program, and keep its folder; it sees no network."""
    if target.is_dir():
        workshop.say("It has been compiled before.\n")
        return
    with layers.workplace(beside=target) as place:
        unpack(artefact, place)
        compile_program(artefact, place, workshop)
        try:
            place.rename(target)
        except OSError:
            if not target.is_dir():  # else another worker was quicker
                raise


def _look_at_network(version: Version) -> None:
    """Raise SparringError where a network does not fit its game, which only the library that runs it can tell."""
    player = _player_of(version)
    try:
        faults = player.begin(*_one_match())
    finally:
        player.close()
    if faults:
        raise SparringError(str(faults[0]).replace("The network", version.filename, 1))


def _player_of(version: Version) -> Player:
    """The version as a player of the game of its ladder."""
    return open_player(game_of(Ladder.objects.of_agent(version.agent)), version, seed=0)


def _one_match() -> tuple[Any, Any, Any]:
    import numpy as np

    return np.zeros(1, np.int64), np.zeros(1, np.int8), np.zeros(1, np.uint64)


def build_in_background(owner: str, stop: threading.Event) -> threading.Thread:
    """A thread that builds and publishes one submission after the other, so that neither holds up a duel."""
    thread = threading.Thread(target=_build_until, args=[owner, stop], name="builds", daemon=True)
    thread.start()
    return thread


def _build_until(owner: str, stop: threading.Event) -> None:
    swept = float("-inf")
    try:
        while not stop.is_set():
            try:
                if time.monotonic() - swept > SWEEP_SECONDS:
                    layers.sweep(needed_layers() | needed_images())
                    swept = time.monotonic()
                if not (build_once(owner, stop) or publish_once(owner, stop)):
                    stop.wait(IDLE_SECONDS)
            except DatabaseError as error:
                log.warning("the database did not answer (%s); trying again", error)
                connections.close_all()
                stop.wait(DATABASE_PAUSE_SECONDS)
    finally:
        connections.close_all()


def build_once(owner: str, stop: threading.Event) -> bool:
    """Do the next build, if there is one. A bug that shows in it puts this build off, and costs the worker nothing."""
    build = Build.objects.lease(owner, playable_here("version__"))
    if build is None:
        return False
    guarded(build, partial(run_leased_build, build, stop))
    return True


def needed_layers() -> set[str]:
    """The layers of versions that may still play."""
    playing = Version.objects.exclude(layer="").exclude(state=Version.State.FAILED)
    return set(playing.values_list("layer", flat=True))


def needed_images() -> set[str]:
    """The images of versions that may still play."""
    playing = Version.objects.exclude(image="").exclude(state=Version.State.FAILED)
    return set(playing.values_list("image", flat=True))
