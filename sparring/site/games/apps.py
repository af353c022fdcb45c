from django.apps import AppConfig


class GamesConfig(AppConfig):
    name = "sparring.site.games"
    label = "games"
