"""``sparring tensorboard``: the curves of all runs in a browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from sparring.errors import BadOption

PORT = 6006
HOST = "127.0.0.1"


def tensorboard(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = PORT,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for everybody in the network.")] = HOST,
) -> None:
    """Start TensorBoard on the folder of all runs. Ctrl-C stops it.

    Example: [bold]sparring tensorboard --port 6006[/bold]
    """
    if not _is_free(host, port):
        raise BadOption(f"Something listens on port {port} already. Choose another: --port {port + 1}")
    command = _command(host, port)
    typer.echo(f"TensorBoard: http://{host}:{port}")
    sys.stdout.flush()
    os.execv(command[0], command)


def start_beside() -> str:
    """Start TensorBoard in a process of its own, unless one listens already; a sentence with its address."""
    from sparring.engine import home

    address = f"http://{HOST}:{PORT}"
    if not _is_free(HOST, PORT):
        return f"TensorBoard, or something else, listens at {address} already."
    logs = home() / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / "tensorboard.log").open("ab") as log:
        child = subprocess.Popen(
            _command(HOST, PORT), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    return f"TensorBoard: {address} (process {child.pid}; stop it with: kill {child.pid})"


def _command(host: str, port: int) -> list[str]:
    from importlib.util import find_spec

    from sparring.errors import MissingExtra

    if find_spec("tensorboard") is None:
        raise MissingExtra("tensorboard", "learn", "TensorBoard")
    return [sys.executable, "-m", "tensorboard.main", f"--logdir={_runs()}", f"--host={host}", f"--port={port}"]


def _runs() -> Path:
    from sparring.learning.runs.names import runs_folder

    folder = runs_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
