"""Make .venv hold what the lock files say, and nothing when it already does.

    python3 scripts/set_up.py arena     what `make arena` needs
    python3 scripts/set_up.py dev       the tools for tests as well

A stamp in .venv remembers the lock files that were installed, so that an unchanged second set-up takes no time. This
file keeps to the syntax of old Pythons, for they must live to print the sentence that says which one is needed.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
LOCKS = {"arena": ["requirements.lock"], "dev": ["requirements.lock", "requirements-dev.lock"]}
OLDEST = (3, 11)


def stamp_of(kind):
    """Return what the stamp says when everything for `kind` is installed from the files as they are now."""
    digest = hashlib.sha256(sys.version.encode())
    for name in [*LOCKS[kind], "pyproject.toml"]:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_set_up(kind):
    stamp = VENV / (".stamp-" + kind)
    return VENV_PYTHON.exists() and stamp.exists() and stamp.read_text() == stamp_of(kind)


def make_venv():
    """Create .venv, or make it anew when the Python it was made with is gone or another one is asked for."""
    version = "import sys; print(sys.version)"
    if VENV_PYTHON.exists():
        found = subprocess.run([VENV_PYTHON, "-c", version], capture_output=True, text=True, check=False)
        if found.stdout.strip() == sys.version:
            return
    print("Creating .venv with Python {}.{}.{}.".format(*sys.version_info[:3]), flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=False)
    if made.returncode:
        sys.exit("This Python can't create a virtual environment. On Debian and Ubuntu: apt install python3-venv.")


def install(kind):
    quiet = [] if sys.stdout.isatty() else ["-qq"]
    pip = [VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", "install", *quiet]
    print("Installing the pinned packages. The first time takes some minutes.", flush=True)
    run([*pip, "-r", ROOT / LOCKS[kind][-1]])
    run([*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT])


def run(command):
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if code:
        sys.exit("The set-up stopped here; see the lines above. Run it again when that is put right.")


def warm():
    """Compile the games now rather than while the first visitor waits. Nothing depends on it."""
    print("Compiling the games.", flush=True)
    if subprocess.run([VENV / "bin" / "sparring", "warm"], cwd=ROOT, check=False).returncode:
        print("The games will be compiled when they are first played.")


def main(kind):
    if sys.version_info < OLDEST:
        have = "{}.{}".format(*sys.version_info[:2])
        sys.exit(
            "Sparring needs Python 3.11 or newer, this is {}. Name another: make PYTHON=python3.12 ...".format(have)
        )
    if is_set_up(kind):
        return
    make_venv()
    install(kind)
    warm()
    for name in LOCKS if kind == "dev" else [kind]:
        (VENV / (".stamp-" + name)).write_text(stamp_of(name))


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    main(sys.argv[1])
