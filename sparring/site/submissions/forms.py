"""The submission form. Its errors are sentences that say what would be right."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from sparring.agents.artefact import SUFFIXES
from sparring.models import Registry
from sparring.site.accounts.models import User
from sparring.site.games.catalogue import catalogue
from sparring.site.ladders.models import Ladder
from sparring.site.submissions.artefacts import WHAT_IT_IS
from sparring.site.submissions.containers import why_refused
from sparring.site.submissions.models import NAME_RULE, Agent, Version

WITH_IMAGES = (
    "A .py file with a class Agent, a .zip with agent.py, player.py, sparring.toml or a Dockerfile at its top, "
    "an .onnx network, or the .tar or .tar.gz of a container image."
)
EITHER = "Choose a file or a model, not both."


def _games() -> list[tuple[str, str]]:
    """Every game, and every ladder that the organiser has made beside those that games have anyway."""
    plain = {entry.name: entry.title for entry in catalogue()}
    further = Ladder.objects.exclude(game__in=plain, options={})
    return [*plain.items(), *((ladder.slug, str(ladder)) for ladder in further)]


def _models() -> list[tuple[str, str]]:
    return [("", "none"), *((str(model), str(model)) for model in Registry().list())]


class SubmissionForm(forms.Form):
    game = forms.ChoiceField(choices=_games, error_messages={"invalid_choice": "There is no game '%(value)s'."})
    name = forms.CharField(
        max_length=40,
        validators=[NAME_RULE],
        help_text="A new name makes a new agent; the name of one of your agents adds a version to it.",
        error_messages={"required": "Give your agent a name.", "max_length": "A name has at most 40 characters."},
    )
    file = forms.FileField(
        label="File",
        required=False,
        help_text="A .py file with a class Agent, a .zip with agent.py, player.py or sparring.toml at its top, "
        "or an .onnx network.",
        error_messages={"empty": "This file is empty."},
    )
    model = forms.ChoiceField(
        required=False,
        choices=_models,
        label="or a model of this arena",
        error_messages={"invalid_choice": "There is no model '%(value)s' in this arena."},
    )
    public = forms.BooleanField(
        required=False,
        label="Publish its files",
        help_text="Everyone may read them in the arena's repository as soon as it is on the ladder.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ",".join(SUFFIXES)
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        if why_refused() is None:
            self.fields["file"].help_text = WITH_IMAGES
        if not settings.PUBLISH_GIT:
            del self.fields["public"]
        if len(_models()) == 1 and not self.data.get("model"):
            del self.fields["model"]

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or {}
        if not self.errors and bool(fields.get("file")) == bool(fields.get("model")):
            self.add_error("file", "Choose a file to submit." if not fields.get("file") else EITHER)
        return fields

    def submit(self, owner: User) -> Version:
        """Take in what a valid form holds. Raises SparringError."""
        fields, file, public = self.cleaned_data, self.cleaned_data["file"], self.cleaned_data.get("public", False)
        ladder = Ladder.objects.filter(slug=fields["game"]).first()
        game, options = (ladder.game, ladder.options) if ladder else (fields["game"], {})
        with transaction.atomic():
            name = Agent.objects.of_person(owner, game, fields["name"], options).name
            if file is None:
                return Version.objects.submit_model(owner, game, name, fields["model"])
            return Version.objects.submit(owner, game, name, file.name or "", file.read(), public)

    def clean_file(self) -> UploadedFile[Any] | None:
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is None:
            return None
        if not (file.name or "").lower().endswith(SUFFIXES):
            raise forms.ValidationError(WHAT_IT_IS)
        if (file.size or 0) > settings.SUBMISSION_MAX_MIB * 1024 * 1024:
            raise forms.ValidationError(f"This file is too large: {settings.SUBMISSION_MAX_MIB} MiB are allowed.")
        return file
