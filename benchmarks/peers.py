"""The peers' own virtual environment, .venv-peers: made when benchmarks/peers.txt is new or has changed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv-peers"
PEERS_PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "benchmarks" / "peers.txt"


def install_peers() -> None:
    """Install the pinned peers unless the stamp says that they are there. Raises CalledProcessError."""
    stamp = VENV / ".stamp"
    wanted = hashlib.sha256(sys.version.encode() + REQUIREMENTS.read_bytes()).hexdigest()
    if PEERS_PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    print("Installing the peers into .venv-peers. The first time takes some minutes and 3 GB of disk.", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
    torch = next(line for line in REQUIREMENTS.read_text().splitlines() if line.startswith("torch=="))
    pip = [PEERS_PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    subprocess.run([*pip, torch], check=True)
    subprocess.run([*pip, "-r", REQUIREMENTS], check=True)
    stamp.write_text(wanted)
