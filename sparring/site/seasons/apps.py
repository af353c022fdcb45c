from django.apps import AppConfig


class SeasonsConfig(AppConfig):
    name = "sparring.site.seasons"
    label = "seasons"
