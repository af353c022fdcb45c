"""What the attacks have shown of this machine, kept so that not every worker has to find it out anew.

A verdict holds until the machine starts anew, or the code of the sandbox, the driver or the user changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from sparring.engine import cache_home
from sparring.sandbox.attacks.probe import Finding, probe_driver
from sparring.sandbox.drivers import why_unavailable

PROGRAMS = ("bwrap", "docker", "dockerd", "runsc", "runc")


def why_unsafe(driver: str, attack: bool = True) -> str | None:
    """Why code of strangers must not run in ``driver`` here; None if it may.

    Attacks the driver, half a minute, unless that has been done before. Only one process does so at a time. Without
    ``attack``, what nobody has found out yet counts as good: for those who only tell, and run no code.
    """
    reason = why_unavailable(driver)
    if reason is not None:
        return reason
    failed = _known(driver)
    if failed is None and attack:
        with _place(driver).with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            failed = _known(driver)
            failed = _failed(examine(driver)) if failed is None else failed
    if not failed:
        return None
    return f"{driver} let attacks through on this machine: {', '.join(failed)}. See: sparring doctor --driver {driver}"


def examine(driver: str, progress: Callable[[Finding], None] | None = None) -> list[Finding]:
    """Attack ``driver`` and keep what came of it. Raises SparringError if it can't be used here."""
    findings = probe_driver(driver, progress=progress)
    place = _place(driver)
    fresh = place.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(_failed(findings)))
    fresh.replace(place)
    return findings


def _known(driver: str) -> dict[str, str] | None:
    """The attacks that came through when somebody tried; None if nobody has."""
    try:
        failed: dict[str, str] = json.loads(_place(driver).read_text())
    except (OSError, ValueError):
        return None
    return failed


def _failed(findings: list[Finding]) -> dict[str, str]:
    return {finding.name: finding.detail for finding in findings if not finding.passed}


def _place(driver: str) -> Path:
    boot = Path("/proc/sys/kernel/random/boot_id")
    about = [driver, boot.read_text() if boot.exists() else "", str(os.geteuid()), platform.release(), _code()]
    about += [os.environ.get("DOCKER_HOST", ""), *(_stamp(name) for name in PROGRAMS)]
    digest = hashlib.sha256("\0".join(about).encode()).hexdigest()[:16]
    folder = cache_home() / "verdicts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{driver.replace(':', '-')}-{digest}.json"


def _stamp(program: str) -> str:
    """Changes when a program is replaced."""
    found = shutil.which(program)
    if found is None:
        return ""
    status = Path(found).stat()
    return f"{found} {status.st_size} {status.st_mtime_ns}"


@lru_cache(maxsize=1)
def _code() -> str:
    """Changes with any line of the sandbox's code."""
    folder = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
