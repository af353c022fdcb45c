from django.apps import AppConfig


class AnalysisConfig(AppConfig):
    name = "sparring.site.analysis"
    label = "analysis"
