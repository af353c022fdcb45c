from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from sparring.site.tournaments.models import Tournament


@admin.register(Tournament)
class TournamentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("title", "ladder", "kind", "field", "matches", "every_hours", "when_field_changes")
    prepopulated_fields = {"slug": ("title",)}
    readonly_fields = ("created",)
    actions = ("begin",)

    @admin.action(description="Begin an edition now")
    def begin(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        for tournament in chosen:
            edition = tournament.begin()
            if edition is None:
                few = f"fewer than {tournament.fewest} versions have played"
                sentence = f"{tournament} can't begin: an edition goes on, or {few}."
                self.message_user(request, sentence, messages.WARNING)
            else:
                self.message_user(request, f"{edition} has begun.")
