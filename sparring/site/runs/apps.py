from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "sparring.site.runs"
    label = "runs"
