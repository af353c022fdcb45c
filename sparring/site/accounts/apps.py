from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "sparring.site.accounts"
    label = "accounts"
