from django.apps import AppConfig


class LaddersConfig(AppConfig):
    name = "sparring.site.ladders"
    label = "ladders"
