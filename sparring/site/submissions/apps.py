from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "sparring.site.submissions"
    label = "submissions"
