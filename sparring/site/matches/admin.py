from django.contrib import admin

from sparring.site.matches.models import Duel


@admin.register(Duel)
class DuelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("pk", "ladder", "state", "attempt", "losses", "lease_owner", "reason", "failure", "created")
    list_filter = ("state", "ladder")
    raw_id_fields = ("first", "second")
