from django.apps import AppConfig


class TournamentsConfig(AppConfig):
    name = "sparring.site.tournaments"
    label = "tournaments"
