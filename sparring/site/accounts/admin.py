from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from sparring.site.accounts.models import ApiToken, User

admin.site.register(User, UserAdmin)


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("user", "name", "created", "used")
    readonly_fields = ("user", "name", "digest", "created", "used")
