"""The house learner, as a reader of the ladder sees it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import RunningArena

SECOND = 1000


def test_a_learner_enters_the_ladder_and_climbs_without_reloading_and_goes_on_after_a_restart(
    browser: Browser, tmp_path: Path
) -> None:
    arena = RunningArena(tmp_path / "home").start()
    try:
        page = browser.new_context(base_url=arena.url).new_page()
        page.goto("/ladders/connect_four/")
        table = page.locator("table.ladder")
        expect(table).to_contain_text("Climber v1", timeout=90 * SECOND)
        expect(table).to_contain_text(re.compile(r"Climber v[2-9]"), timeout=150 * SECOND)
        expect(page.locator("figure.chart svg.curve-large")).to_be_visible(timeout=60 * SECOND)
        assert arena.interrupt() == 0
        arena = RunningArena(arena.home, arena.port).start()
        page.goto("/ladders/connect_four/")
        expect(table).to_contain_text(re.compile(r"Climber v[2-9]"))
        page.goto("/runs/")
        expect(page.locator("main")).to_contain_text(re.compile(r"\d\d\.\d\s*%"))
        page.context.close()
    finally:
        arena.interrupt()
    assert "Traceback" not in (tmp_path / "home" / "logs" / "learner.log").read_text()
