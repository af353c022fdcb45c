from django.apps import AppConfig


class MatchesConfig(AppConfig):
    name = "sparring.site.matches"
    label = "matches"
