"""Makes container images without an engine: archives as ``docker save`` and OCI layouts write them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "programs"


def layer(files: dict[str, bytes | str | tarfile.TarInfo]) -> bytes:
    """A layer: name -> content, ``-> target`` for a link, ``= target`` for a hard link, or a header."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, what in files.items():
            header = what if isinstance(what, tarfile.TarInfo) else tarfile.TarInfo(name)
            header.name, data = name, b""
            if isinstance(what, bytes):
                header.size, header.mode, data = len(what), 0o755, what
            elif isinstance(what, str):
                kind, header.linkname = what.split(" ", 1)
                header.type = tarfile.SYMTYPE if kind == "->" else tarfile.LNKTYPE
            elif name.endswith("/"):
                header.type = tarfile.DIRTYPE
            archive.addfile(header, io.BytesIO(data))
    return content.getvalue()


def header(kind: bytes, mode: int = 0o644, **more: Any) -> tarfile.TarInfo:
    found = tarfile.TarInfo()
    found.type, found.mode = kind, mode
    for name, value in more.items():
        setattr(found, name, value)
    return found


def config(layers: list[bytes], **said: Any) -> dict[str, Any]:
    """The configuration of an image; ``said`` is what it says of itself, ``Entrypoint`` and the like."""
    digests = [f"sha256:{hashlib.sha256(each).hexdigest()}" for each in layers]
    return {"os": "linux", "architecture": MACHINE, "config": said, "rootfs": {"type": "layers", "diff_ids": digests}}


def packed(files: dict[str, bytes | str]) -> bytes:
    return layer(dict(files))


def saved(layers: list[bytes], about: dict[str, Any] | None = None, **said: Any) -> bytes:
    """As ``docker save`` writes it."""
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    manifest = [{"Config": "config.json", "RepoTags": None, "Layers": names}]
    files = {"manifest.json": json.dumps(manifest).encode()}
    files["config.json"] = json.dumps(about or config(layers, **said)).encode()
    return packed({**files, **dict(zip(names, layers, strict=True))})


def layout(layers: list[bytes], **said: Any) -> bytes:
    """As an OCI layout has it, layers packed by gzip."""
    blobs: dict[str, bytes] = {}

    def blob(content: bytes) -> dict[str, str]:
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        return {"digest": f"sha256:{digest}"}

    manifest = {"config": blob(json.dumps(config(layers, **said)).encode())}
    manifest["layers"] = [blob(gzip.compress(each, 1)) for each in layers]
    here = {"platform": {"os": "linux", "architecture": MACHINE}, **blob(json.dumps(manifest).encode())}
    other = {"platform": {"os": "linux", "architecture": "riscv64"}, **blob(b"{}")}
    return packed({"index.json": json.dumps({"manifests": [other, here]}).encode(), **blobs})


@cache
def static_program(source: str) -> bytes:
    """A C program that needs nothing else, compiled."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "it.c").write_text(source)
        return _compiled(Path(folder))


@cache
def static_agent() -> bytes:
    """The example in C, which speaks the wire protocol, compiled."""
    return _compiled(EXAMPLES / "c")


def _compiled(folder: Path) -> bytes:
    with tempfile.TemporaryDirectory() as target:
        program = Path(target, "it")
        sources = map(str, sorted(folder.glob("*.c")))
        subprocess.run(["gcc", "-static", "-O1", "-w", *sources, "-o", str(program)], check=True)
        return program.read_bytes()
