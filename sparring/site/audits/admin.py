from django.contrib import admin

from sparring.site.audits.models import Audit


@admin.register(Audit)
class AuditAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("pk", "kind", "state", "matches", "bad", "created", "finished")
    list_filter = ("kind", "state")
