from django.contrib import admin

from sparring.site.ladders.models import Ladder


@admin.register(Ladder)
class LadderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("slug", "game", "options", "matches", "fitted_matches", "fitted_at", "budget", "move_seconds")
    readonly_fields = ("revision", "matches", "fitted_matches", "fitted_at", "seeded_with", "created")
