"""The submission form. Its errors are sentences that say what would be right."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from sparring.agents.artefact import SUFFIXES
from sparring.site.games.catalogue import catalogue
from sparring.site.submissions.artefacts import WHAT_IT_IS
from sparring.site.submissions.models import NAME_RULE


def _games() -> list[tuple[str, str]]:
    return [(entry.name, entry.title) for entry in catalogue()]


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
        help_text="A .py file with a class Agent, a .zip with agent.py, player.py or sparring.toml at its top, "
        "or an .onnx network.",
        error_messages={"required": "Choose a file to submit.", "empty": "This file is empty."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ",".join(SUFFIXES)
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if not (file.name or "").lower().endswith(SUFFIXES):
            raise forms.ValidationError(WHAT_IT_IS)
        if (file.size or 0) > settings.SUBMISSION_MAX_MIB * 1024 * 1024:
            raise forms.ValidationError(f"This file is too large: {settings.SUBMISSION_MAX_MIB} MiB are allowed.")
        return file
