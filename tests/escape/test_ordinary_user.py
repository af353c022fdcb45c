"""The sandbox holds for an ordinary user just as for root: there by a user namespace, here by another user id."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
NOBODY = 65534
PROBE = """
import json, os
from sparring.sandbox import available_drivers, probe_driver
findings = [] if available_drivers()["bubblewrap"] else probe_driver("bubblewrap")
print(json.dumps({
    "uid": os.getuid(),
    "obstacle": available_drivers()["bubblewrap"],
    "findings": [(finding.name, finding.passed, finding.detail) for finding in findings],
}))
"""


def test_every_attack_is_held_off_for_an_ordinary_user(tmp_path):
    command = [sys.executable, "-c", PROBE]
    if os.geteuid() == 0:
        command = as_nobody(command, tmp_path)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["uid"] != 0
    assert report["obstacle"] is None
    assert [finding for finding in report["findings"] if not finding[1]] == []
    assert len(report["findings"]) >= 8


def as_nobody(command: list[str], scratch: Path) -> list[str]:
    """``command`` run by nobody, who may enter the folders of Python and Sparring even where only root may."""
    needed = {Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), CHECKOUT}
    closed = {above for folder in needed for above in folder.parents if not above.stat().st_mode & 0o001}
    outermost = {folder for folder in closed if not closed & set(folder.parents)}
    hidden = sorted(folder for folder in needed if outermost & set(folder.parents))
    stashes = [scratch / f"stash-{number}" for number in range(len(hidden))]
    lines = ["set -e"]
    for folder, stash in zip(hidden, stashes, strict=True):
        lines += [f"mkdir {_quoted(stash)}", f"mount --bind {_quoted(folder)} {_quoted(stash)}"]
    lines += [f"mount -t tmpfs -o mode=755 none {_quoted(folder)}" for folder in sorted(outermost)]
    for folder, stash in zip(hidden, stashes, strict=True):
        lines += [f"mkdir -p {_quoted(folder)}", f"mount --bind {_quoted(stash)} {_quoted(folder)}"]
    user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=-all"]
    home = ["env", "HOME=/var/tmp", "TMPDIR=/tmp", f"PYTHONPATH={CHECKOUT}"]
    lines.append(f"exec {shlex.join([*user, *home, *command])}")
    return ["unshare", "--mount", "sh", "-c", "\n".join(lines)]


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
