from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from sparring.site.accounts.models import User
from sparring.site.tournaments.models import Edition, Tournament
from sparring.site.tournaments.running import call_off


@admin.register(Tournament)
class TournamentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("title", "ladder", "kind", "field", "matches", "every_hours", "when_field_changes")
    prepopulated_fields = {"slug": ("title",)}
    readonly_fields = ("created",)
    actions = ("begin", "call_off")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What was played is read by the format it was played in; what goes on is held as it began."""
        fixed = ("ladder", "kind") if obj and obj.editions.exists() else ()
        running = obj and obj.editions.filter(state=Edition.State.RUNNING).exists()
        return (*self.readonly_fields, *fixed, *(("settings", "matches") if running else ()))

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

    @admin.action(description="Call off the edition that goes on")
    def call_off(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        for tournament in chosen:
            edition = tournament.editions.filter(state=Edition.State.RUNNING).first()
            if edition is not None and call_off(edition.pk, cast(User, request.user)):
                self.message_user(request, f"{edition} is called off.")
            else:
                self.message_user(request, f"No edition of {tournament} goes on.", messages.WARNING)
