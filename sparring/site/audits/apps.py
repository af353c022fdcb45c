from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "sparring.site.audits"
    label = "audits"
