from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "sparring.site.api"
    label = "api"
