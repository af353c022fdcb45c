from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from sparring.errors import SparringError
from sparring.site.ladders.entry import enter_house_agents
from sparring.site.ladders.models import Ladder


@admin.register(Ladder)
class LadderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("slug", "game", "options", "matches", "fitted_matches", "fitted_at", "budget", "move_seconds")
    actions = ("end_the_season",)
    readonly_fields = (
        "seats",
        "season",
        "season_began",
        "revision",
        "matches",
        "fitted_matches",
        "fitted_at",
        "seeded_with",
        "created",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Ladder | None = None) -> tuple[str, ...]:
        """Game and options say which ladder it is; its address follows from them."""
        return ("slug", *self.readonly_fields) if obj is None else ("slug", "game", "options", *self.readonly_fields)

    def save_model(self, request: HttpRequest, obj: Ladder, form: Any, change: bool) -> None:
        """A new ladder gets its house agents, like those that every game has from the beginning."""
        super().save_model(request, obj, form, change)
        if not change:
            try:
                enter_house_agents(obj)
            except SparringError as error:
                self.message_user(request, f"{obj} has no house agents: {error}", messages.WARNING)

    @admin.action(description="End the season now")
    def end_the_season(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        from sparring.site.seasons.turning import end_season  # seasons stand above ladders

        for ladder in chosen:
            season = end_season(ladder)
            if season is None:
                self.message_user(request, f"On {ladder} nothing has been played this season.", messages.WARNING)
            else:
                self.message_user(request, f"{season} is over; its table is kept.")
