from django.apps import AppConfig


class PublicationsConfig(AppConfig):
    name = "sparring.site.publications"
    label = "publications"
