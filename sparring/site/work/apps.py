from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "sparring.site.work"
    label = "work"
