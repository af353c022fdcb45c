from django.apps import AppConfig


class PlayConfig(AppConfig):
    name = "sparring.site.play"
    label = "play"
