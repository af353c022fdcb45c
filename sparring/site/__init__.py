"""The Django site: accounts, submissions, ladders, replays, play, runs, API.

This module stays light: it imports Django only when ``setup`` or ``prepare`` is called.
"""

from __future__ import annotations

import os


def setup() -> None:
    """Configure Django for this process. May be called twice: logging set up anew would close other handlers."""
    import django
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sparring.site.settings")
    if not apps.ready:
        django.setup()


def prepare() -> None:
    """Make the arena ready to start: secret key, database, organiser, house agents. Quick when nothing is to do.

    ``sparring.site.startup`` says what each step does. Raises SparringError when the database can't be reached.
    """
    setup()
    from sparring.site import startup

    startup.prepare()
