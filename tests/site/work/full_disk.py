"""An arena on a small disk that becomes full while a duel is played; see ``test_full_disk.py``. Prints what it saw."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import threading
from pathlib import Path

seen: dict[str, object] = {}


def filler() -> Path:
    """What takes up the disk."""
    return Path(os.environ["SPARRING_HOME"]) / "filler"


def fill() -> None:
    """Leave no byte on the disk."""
    with filler().open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


class Held(logging.Handler):
    """Sets an event when a worker says that it holds results back."""

    def __init__(self) -> None:
        super().__init__()
        self.said = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if "wait: " in record.getMessage():
            self.said.set()


def main() -> None:
    import sparring.site

    sparring.site.setup()
    from sparring.site.secret_key import secret_key

    secret_key()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from sparring.errors import SparringError
    from sparring.site.ladders.entry import enter_version
    from sparring.site.ladders.models import Ladder
    from sparring.site.matches.models import Duel, Match
    from sparring.site.submissions import artefacts
    from sparring.site.work import duels, worker

    settings.ALLOWED_HOSTS = ["*"]
    pair = [enter_version(name, "tic_tac_toe", "random", kind="house") for name in ("left", "right")]
    ladder = Ladder.objects.get(slug="tic_tac_toe")
    queued = [Duel.objects.queue(ladder, *pair, 40, "a test") for _ in range(3)]
    play = duels._play

    def play_and_fill(duel: Duel, lease: object) -> object:
        records = play(duel, lease)  # type: ignore[arg-type]
        if not seen.get("filled"):
            seen["filled"] = True
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            fill()
        return records

    duels._play = play_and_fill  # type: ignore[assignment]
    worker.schedule_duels = list  # type: ignore[assignment]
    held, stop = Held(), threading.Event()
    logging.getLogger("sparring.site.work.keep_alive").addHandler(held)
    thread = threading.Thread(target=worker.run_worker, args=(stop, "w"), daemon=True)
    thread.start()
    assert held.said.wait(60), "no results were held back"
    seen["page"] = Client().get("/ladders/").status_code
    seen["matches while full"] = Match.objects.count()
    try:
        artefacts.store("agent.py", b"#" * 100_000)
    except SparringError as error:
        seen["upload"] = str(error)
    filler().unlink()
    pause = threading.Event()
    for _ in range(1200):
        if Duel.objects.filter(state="done").count() == len(queued):
            break
        pause.wait(0.05)
    stop.set()
    thread.join(30)
    seen["states"] = [list(row) for row in Duel.objects.values_list("state", "attempt").order_by("pk")]
    seen["matches"] = Match.objects.count()
    with connection.cursor() as cursor:
        seen["integrity"] = cursor.execute("PRAGMA integrity_check").fetchone()[0]
    seen["files"] = [path.name for path in artefacts.folder().iterdir()]
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()
