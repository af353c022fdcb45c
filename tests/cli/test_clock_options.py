"""``sparring duel`` on a clock, and what ``sparring doctor`` says of budgets."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import typer

from sparring.agents.table import PolicyTable
from sparring.cli.clock import limits_of
from sparring.cli.duel import duel
from sparring.cli.evaluate import evaluate
from sparring.cli.sprt import sprt
from sparring.engine import load_game
from sparring.errors import BadOption
from sparring.matches import read_records
from sparring.models import Registry, manifest_for

SLOW = "import time\nclass Agent:\n    def act(self, o, legal):\n        time.sleep(0.03)\n        return legal[0]\n"


def test_nobody_is_on_a_clock_unless_somebody_asks_for_it() -> None:
    assert limits_of(None, None, None, None, None) is None


def test_simulations_alone_say_the_budget() -> None:
    limits = limits_of(None, None, None, None, 50)
    assert limits is not None
    assert (limits.budget, limits.simulations) == ("simulations", 50)


def test_an_unknown_budget_is_refused() -> None:
    with pytest.raises(BadOption, match="no budget 'sand'"):
        limits_of("sand", None, None, None, None)


def test_a_duel_on_a_clock_is_lost_by_who_is_too_slow(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    out, kept = tmp_path / "duel.json", tmp_path / "duel.records"
    clock = {"move_seconds": 0.01, "first_move_seconds": 0.01, "bank_seconds": 0.0}
    duel("tic_tac_toe", str(tmp_path / "slow.py"), "random", matches=2, as_json=str(out), records=kept, **clock)
    assert json.loads(out.read_text())["player_1_errors"] == 2
    assert {record.terms["move"] for record in read_records(kept)} == {0.01}


def test_a_test_of_strength_runs_on_a_clock_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    clock = {"move_seconds": 0.01, "first_move_seconds": 0.01, "bank_seconds": 0.0}
    with pytest.raises(typer.Exit) as still_open:
        sprt("tic_tac_toe", str(tmp_path / "slow.py"), "random", at_most=2, **clock)
    assert still_open.value.exit_code == 3
    assert "pairs of 0 to 2 points: 1, 0, 0, 0, 0" in capsys.readouterr().out


def test_a_model_is_evaluated_on_a_clock_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARRING_HOME", str(tmp_path / "home"))
    (tmp_path / "slow.py").write_text(SLOW)
    table = PolicyTable("kuhn_poker", np.zeros((1, 11), np.int8), np.full((1, 2), 0.5, np.float32))
    Registry().publish("kuhn_poker/ada", {"table.npz": table.content()}, manifest_for(load_game("kuhn_poker")))
    clock = {"move_seconds": 0.01, "first_move_seconds": 0.01, "bank_seconds": 0.0}
    evaluate("kuhn_poker/ada", [str(tmp_path / "slow.py")], matches=2, **clock)
    said = " ".join(capsys.readouterr().out.split())
    assert "100.0% 50.0% to 100.0% 0 0 0 0" in said  # nothing was decided on the board, and the model has no fault
