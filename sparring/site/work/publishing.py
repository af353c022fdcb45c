"""Publish a leased version: its files become one commit of the arena's repository."""

from __future__ import annotations

import logging
import re
import threading
import zipfile
from datetime import timedelta
from functools import partial
from pathlib import PurePosixPath

from django.conf import settings

from sparring.agents.artefact import suffix_of
from sparring.errors import SparringError
from sparring.site.publications.models import Publication
from sparring.site.publications.repository import NoRepository, Release, publish, without_large
from sparring.site.submissions import artefacts
from sparring.site.submissions.models import Version
from sparring.site.work.keep_alive import KeepAlive, guarded
from sparring.site.work.models import LateAnswer

log = logging.getLogger(__name__)
PAUSE = timedelta(seconds=60)
MOST_ATTEMPTS = 30
HIDDEN = re.compile(r"\.git.*", re.IGNORECASE)


def publish_leased(publication: Publication, stop: threading.Event) -> None:
    """Publish the version of ``publication``, which this worker has leased; or say in the row why that has to wait."""
    attempt = publication.attempt
    try:
        with KeepAlive(publication, stop):
            commit = publish(settings.PUBLISH_GIT, release_of(publication.version))
        publication.publish(attempt, commit)
    except LateAnswer as error:
        log.warning("%s", error)
    except (NoRepository, OSError) as error:
        log.warning("publication %s waits: %s", publication.pk, error)
        if attempt >= MOST_ATTEMPTS:
            publication.fail(attempt, str(error))
        else:
            publication.put_back(attempt, PAUSE, str(error))
    except SparringError as error:
        publication.fail(attempt, str(error))


def release_of(version: Version) -> Release:
    """The commit of a version: its files, under the game's and the agent's name."""
    agent = version.agent
    slug = re.sub("[^a-z0-9]+", "-", agent.name.lower()).strip("-") or "agent"
    message = (
        f"{agent.game}: {version.label} by {agent.author}\n\n"
        f"Sparring-Version: {version.pk}\nSparring-SHA-256: {version.sha256}\n"
    )
    return Release(
        tag=f"version-{version.pk}",
        folder=f"{agent.game.replace(':', '-')}/{slug}-{agent.pk}",
        message=message,
        when=int(version.created.timestamp()),
        files=without_large(_files(version)),
    )


def _files(version: Version) -> dict[str, bytes]:
    path = artefacts.path_of(version.artefact)
    if path.suffix != ".zip":
        return {f"agent{suffix_of(path.name)}": path.read_bytes()}
    with zipfile.ZipFile(path) as archive:
        names = [member.filename for member in archive.infolist() if not member.is_dir()]
        kept = [name for name in names if not any(HIDDEN.fullmatch(part) for part in PurePosixPath(name).parts)]
        return {PurePosixPath(name).as_posix(): archive.read(name) for name in kept}


def publish_once(owner: str, stop: threading.Event) -> bool:
    """Publish the next version, if there is one that waits."""
    publication = Publication.objects.lease(owner) if settings.PUBLISH_GIT else None
    if publication is None:
        return False
    guarded(publication, partial(publish_leased, publication, stop))
    return True
