"""What has to be there before the arena starts: database, organiser, house agents. See ``sparring.site.prepare``."""

from __future__ import annotations

import pkgutil
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from sparring.errors import SparringError
from sparring.site.accounts.models import organiser
from sparring.site.ladders.entry import seed_house_agents
from sparring.site.secret_key import secret_key
from sparring.site.submissions import artefacts


def prepare() -> None:
    """Secret key, database, organiser, house agents: each where it is missing; old sessions and uploads go."""
    secret_key()
    _keep_database_private()
    try:
        if missing_migrations():
            call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        raise SparringError(f"The arena's database can't be opened: {error}. Is DATABASE_URL right?") from error
    organiser()
    seed_house_agents()
    artefacts.sweep()
    call_command("clearsessions")


def _keep_database_private() -> None:
    """SQLite gives its files the rights of the first one: for the owner only."""
    if connection.vendor == "sqlite" and connection.settings_dict["NAME"]:
        Path(connection.settings_dict["NAME"]).touch(mode=0o600)


def missing_migrations() -> set[tuple[str, str]]:
    """(app, name) of each migration on disk that the database has not seen.

    Much quicker than asking Django for a plan, which imports every migration; so a second start is quick.
    """
    on_disk = {
        (app.label, module.name)
        for app in apps.get_app_configs()
        for module in pkgutil.iter_modules([str(folder) for folder in _migration_folders(app.name)])
        if not module.name.startswith("_")
    }
    return on_disk - set(MigrationRecorder(connection).applied_migrations())


def _migration_folders(package: str) -> list[Path]:
    found = find_spec(f"{package}.migrations")
    return [Path(folder) for folder in (found.submodule_search_locations or [])] if found else []
