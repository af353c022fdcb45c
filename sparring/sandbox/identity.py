"""Which code, model or agent of the house a spec names, so that a match record says for ever what played."""

from __future__ import annotations

from pathlib import Path

from sparring.agents.spec import Spec
from sparring.hashed import file_hash

FILES = ("file", "onnx", "q-table")


def identity(spec: Spec) -> str:
    """The digest of a file or a model, with its name; the spec itself for an agent that is part of Sparring."""
    if spec.kind in FILES:
        return _digest(Path(spec.argument))
    if spec.kind in ("model", "search"):
        from sparring.models import Registry

        name = spec.argument.partition(",")[0]
        path = Path(name) if Path(name).is_file() else Registry().resolve(name) / "manifest.json"
        return f"{spec.text} {_digest(path)}"
    return spec.text


def _digest(path: Path) -> str:
    """Empty for what is no file: whoever loads it says so."""
    return f"sha256:{file_hash(path)}" if path.is_file() else ""
