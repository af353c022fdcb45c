"""``sparring submit``: hand an agent in to an arena, and follow it onto the ladder."""

from __future__ import annotations

import json
import secrets
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import typer

from sparring.errors import SparringError

LOOK_EVERY_SECONDS = 0.5
DONE = ("on ladder", "failed")
MODEL = "model:"


def submit(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="agent.py, a .zip, an .onnx network, a container image (.tar), or model:GAME/NAME of the arena.",
        ),
    ],
    game: Annotated[str, typer.Option(help="The game that it plays, or the ladder: connect_four, snakes-seats-4.")],
    name: Annotated[str | None, typer.Option(help="Its name on the ladder; by default the file's name.")] = None,
    url: Annotated[str, typer.Option(envvar="SPARRING_URL", help="The arena.")] = "http://127.0.0.1:8000",
    token: Annotated[str, typer.Option(envvar="SPARRING_TOKEN", help="A token from your account page.")] = "",
    wait: Annotated[bool, typer.Option(help="Follow it until it is on the ladder or has failed.")] = True,
    public: Annotated[
        bool, typer.Option("--public", help="Let everyone read its files in the arena's repository.")
    ] = False,
) -> None:
    """Submit an agent to an arena.

    Example: [bold]sparring submit my_agent.py --game connect_four --name "First try"[/bold]
    """
    from sparring.sandbox import check_artefact

    path = None if file.startswith(MODEL) else Path(file)
    if path is not None:
        check_artefact(path)
    if not token:
        raise SparringError(
            f"The arena wants to know who you are: make a token at {url}/account/ and set SPARRING_TOKEN."
        )
    fields = {"game": game, "name": name or _usual_name(file), "public": str(public).lower()}
    if path is None:
        fields["model"] = file.removeprefix(MODEL)
    arena = _Arena(url.rstrip("/"), token)
    version = arena.post_file("/api/submissions", fields, path)
    typer.echo(f"{version['label']}: {version['state']}")
    if wait:
        _follow(arena, version)


def _usual_name(file: str) -> str:
    """What an agent is called unless its author says: after its file, or its model."""
    return Path(file.partition("@")[0]).stem.replace("_", " ")


def _follow(arena: _Arena, version: dict[str, Any]) -> None:
    """Print each step until the last. Raises SparringError with the sentence of a step that fails."""
    pause = threading.Event()
    seen = version["state"]
    while seen not in DONE:
        pause.wait(LOOK_EVERY_SECONDS)
        version = arena.get(f"/api/submissions/{version['agent']}/{version['number']}")
        if version["state"] != seen:
            seen = version["state"]
            typer.echo(f"  {seen}")
    if seen == "failed":
        log = "".join(f"\n{version[kind]}" for kind in ("build_log", "log") if version.get(kind))
        raise SparringError(f"It failed at the step '{version['failed_step']}': {version['sentence']}{log}")


class _Arena:
    """The API of one arena, for one person."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def get(self, path: str) -> dict[str, Any]:
        return self._send(urllib.request.Request(self.url + path))

    def post_file(self, path: str, fields: dict[str, str], file: Path | None) -> dict[str, Any]:
        boundary = secrets.token_hex(16)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in fields.items()
        ]
        if file is not None:
            name = file.name.replace('"', "")
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            parts += [f"{head}Content-Type: application/octet-stream\r\n\r\n".encode(), file.read_bytes()]
        body = b"".join([*parts, f"\r\n--{boundary}--\r\n".encode()])
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._send(urllib.request.Request(self.url + path, body, headers))

    def _send(self, request: urllib.request.Request) -> dict[str, Any]:
        request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                document: dict[str, Any] = json.load(response)
                return document
        except urllib.error.HTTPError as error:
            raise SparringError(_sentence(error)) from error
        except (OSError, ValueError) as error:
            raise SparringError(f"No arena answers at {self.url} ({error}). Start one with: sparring up") from error


def _sentence(error: urllib.error.HTTPError) -> str:
    """What a problem document says."""
    try:
        document = json.load(error)
        return str(document.get("detail") or document.get("title") or error)
    except ValueError:
        return f"The arena answered {error.code} {error.reason}."
