from django.contrib import admin

from sparring.site.publications.models import Publication


@admin.register(Publication)
class PublicationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("version", "state", "commit", "attempt", "failure")
    raw_id_fields = ("version",)
