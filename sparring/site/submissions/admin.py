from django.contrib import admin

from sparring.site.submissions.models import Agent, Build, Check, Version


@admin.register(Agent)
class AgentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "game", "kind", "owner", "created")
    list_filter = ("game", "kind")
    search_fields = ("name",)


@admin.register(Version)
class VersionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("agent", "number", "state", "failed_step", "created")
    list_filter = ("state", "agent__game")
    raw_id_fields = ("agent",)


@admin.register(Check)
class CheckAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("version", "state", "attempt", "losses", "lease_owner", "lease_expires")
    raw_id_fields = ("version",)


@admin.register(Build)
class BuildAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("version", "state", "attempt", "losses", "lease_owner", "lease_expires")
    raw_id_fields = ("version",)
