"""The page of settings says what the settings say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_page_of_settings_is_current() -> None:
    spec = importlib.util.spec_from_file_location("list_settings", ROOT / "scripts" / "list_settings.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    written = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == script.page(), "The settings have changed: run python scripts/list_settings.py"
