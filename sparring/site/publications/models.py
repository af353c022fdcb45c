"""Publications: the way of a public version into the repository, as work that must not be lost."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from sparring.site.submissions.models import Version
from sparring.site.work.models import WorkItem, WorkManager


class PublicationManager(WorkManager["Publication"]):
    def request(self, version: Version) -> None:
        """Queue ``version``, if its author wants it published and the arena has a repository. Twice does nothing."""
        if version.public and version.artefact and settings.PUBLISH_GIT:
            self.get_or_create(version=version)


class Publication(WorkItem):
    """One version on its way to the repository, and where it is there."""

    version = models.OneToOneField(Version, on_delete=models.CASCADE, related_name="publication")
    commit = models.CharField(max_length=64, blank=True)

    objects: ClassVar[PublicationManager] = PublicationManager()

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(state__in=["waiting", "running"]), name="publication_open")]

    def __str__(self) -> str:
        return f"{self.version}, published"

    @property
    def link(self) -> str:
        """Where people read the commit, if the organiser has said."""
        return settings.PUBLISH_LINK.replace("COMMIT", self.commit) if settings.PUBLISH_LINK and self.commit else ""

    def publish(self, attempt: int, commit: str) -> None:
        """It is in the repository. Raises LateAnswer."""
        with transaction.atomic():
            self.finish(attempt)
            Publication.objects.filter(pk=self.pk).update(commit=commit)
