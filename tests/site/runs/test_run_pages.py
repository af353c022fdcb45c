"""Pages of training runs, from the files of their folders."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sparring.learning.runs.records import METRICS, RunRecord, record_of, records, series
from sparring.models import Registry, manifest_for
from sparring.site.runs.charts import TILE, Curve, line_chart, phases_bar
from sparring.site.runs.page import versions_of

pytestmark = pytest.mark.django_db


def run_folder(home: Path, name: str, updates: int = 100, **result: Any) -> Path:
    """A run as one finds it: its metrics, its settings, and how it ended."""
    folder = home / "runs" / name
    folder.mkdir(parents=True)
    config = {"game": "tic_tac_toe", "options": {}, "algorithm": {"name": "ppo"}, "steps": 100_000, "name": name}
    (folder / "config.json").write_text(json.dumps(config))
    rows = [
        {"path": "play.environments", "value": "64", "default": "512", "changed": True, "sentence": "Side by side."},
        {"path": "threads", "value": "2", "default": "2", "changed": False, "sentence": "Threads."},
        {"path": "opponents.past.share", "value": "0.25", "default": "0.2", "changed": True, "sentence": "Share."},
        {"path": "opponents.past.groups", "value": "4", "default": "4", "changed": False, "sentence": "Groups."},
        {"path": "opponents.target.share", "value": "0.0", "default": "0.0", "changed": False, "sentence": "Share."},
    ]
    (folder / "settings.json").write_text(json.dumps(rows))
    with (folder / METRICS).open("w") as file:
        for update in range(1, updates + 1):
            line = {"update": update, "steps": 1000 * update, "seconds": update / 10, "loss/value": 1 / update}
            line |= {"probe/share": update / updates, "against/random": 0.5} if update % 10 == 0 else {}
            line |= {"time/play": update / 20, "time/learn": update / 20}
            file.write(json.dumps(line) + "\n")
    (folder / "log.txt").write_text(f"The run {name} starts with seed 1.\n")
    if result:
        (folder / "result.json").write_text(json.dumps({"metrics": {}, "model": None} | result))
    return folder


def lived_by_somebody(folder: Path) -> Any:
    """Hold the lock of a run; as long as the file is open, somebody trains it."""
    lock = (folder / "lock").open("a+")
    fcntl.flock(lock, fcntl.LOCK_EX)
    lock.write(json.dumps({"pid": 1234, "since": 0.0}))
    lock.flush()
    return lock


def test_a_page_shows_curves_figures_opponents_and_what_was_set(client, data_folder):
    run_folder(data_folder, "ada", status="done")
    page = client.get("/runs/ada/").content.decode()
    for shown in ("Keeps the result", "100.0%", "vs random", "50.0%", "100k", "0:10", "Side by side.", "seed 1"):
        assert shown in page
    assert page.count("<svg") >= 6
    assert page.index("play.environments") < page.index("at their defaults") < page.index("<code>threads</code>")
    assert 'itself</td><td class="num">75%' in page
    assert "<td>target</td>" not in page
    assert "hx-get" not in page


def test_a_page_of_a_run_that_goes_on_refreshes_itself_and_is_quiet_while_nothing_moves(client, data_folder):
    folder = run_folder(data_folder, "ada")
    with lived_by_somebody(folder):
        page = client.get("/runs/ada/").content.decode()
        assert "running 100%" in page
        address = page.split('hx-get="')[1].split('"')[0]
        assert client.get(address).status_code == 204
        with (folder / METRICS).open("a") as file:
            file.write(json.dumps({"update": 101, "steps": 101_000, "seconds": 11.0, "against/random": 0.875}) + "\n")
        assert "87.5%" in client.get(address).content.decode()
    ended = client.get(address).content.decode()
    assert "crashed" in ended
    assert "hx-get" not in ended


def test_an_alarm_is_shown_on_both_pages(client, data_folder):
    folder = run_folder(data_folder, "ada", status="collapsed")
    (folder / "alarm.txt").write_text("The probe fell back from 90% to 50%.\n")
    for path in ("/runs/", "/runs/ada/"):
        page = client.get(path).content.decode()
        assert "collapsed" in page
        assert "The probe fell back from 90% to 50%." in page


def test_versions_are_listed_with_their_place_on_the_ladder(client, data_folder, enter):
    from sparring.engine import load_game

    run_folder(data_folder, "ada", status="done")
    manifest = manifest_for(load_game("tic_tac_toe"), training={}, metrics={})
    refs = [Registry().publish("tic_tac_toe/ada", {"table.npz": bytes([n])}, manifest) for n in range(2)]
    version = enter("tic_tac_toe", "random", name="ada", kind="learner")
    version.spec = f"model:{refs[1]}"
    version.save(update_fields=["spec"])
    rows = versions_of(record_of("ada"))
    assert [(row["model"], row["standing"] is not None) for row in rows] == [
        (str(refs[1]), True),
        (str(refs[0]), False),
    ]
    assert version.get_absolute_url() in client.get("/runs/ada/").content.decode()


@pytest.mark.parametrize("name", ["nobody", "..", "a%2Fb", ".hidden"])
def test_a_run_that_is_none_is_not_found(client, data_folder, name):
    assert client.get(f"/runs/{name}/").status_code == 404
    assert client.get(f"/runs/{name}/live/").status_code == 404


@pytest.mark.parametrize("name", ["config.json", "settings.json", "result.json", "metrics.jsonl", "lock"])
def test_a_file_that_is_cut_off_breaks_no_page(client, data_folder, name):
    folder = run_folder(data_folder, "ada", status="done")
    (folder / name).write_bytes(b'{"upda')
    assert client.get("/runs/").status_code == 200
    assert client.get("/runs/ada/").status_code == 200


def test_a_run_without_any_numbers_has_a_page(client, data_folder):
    folder = run_folder(data_folder, "ada", updates=0)
    (folder / METRICS).unlink()
    assert "Nothing is measured yet" in client.get("/runs/ada/").content.decode()


def test_names_from_runs_are_escaped(client, data_folder):
    folder = run_folder(data_folder, "ada", status="done")
    with (folder / METRICS).open("a") as file:
        file.write(json.dumps({"update": 101, "steps": 9, "against/<b>x": 0.5, "loss/<i>": 1.0}) + "\n")
    page = client.get("/runs/ada/").content.decode()
    assert "<b>x" not in page
    assert "<i>" not in page


def test_the_latest_runs_come_first_and_those_that_live_before_them(data_folder):
    for moment, name in enumerate(("old", "new", "alive")):
        folder = run_folder(data_folder, name, status="done")
        for path in folder.iterdir():
            os.utime(path, (1e9 - (1e6 if name == "alive" else -moment),) * 2)
    with lived_by_somebody(data_folder / "runs" / "alive"):
        assert [run.name for run in records()] == ["alive", "new", "old"]


def test_long_logs_are_thinned_but_rare_measurements_stay(data_folder):
    folder = run_folder(data_folder, "ada", updates=5000)
    curves = series(folder, most=100)
    assert 80 <= len(curves["loss/value"]) <= 200
    assert len(curves["probe/share"]) == 100
    assert curves["loss/value"][-1][0] >= 4_950_000
    assert curves["probe/share"][-1] == (5_000_000, 1.0)


@pytest.mark.parametrize("values", [[0.0], [1.0, 1.0], [1e-9, 2e-9], [-5e8, 5e8], [0.5] * 100])
def test_a_chart_of_any_numbers_stays_in_its_frame(values: list[float]):
    svg = line_chart([Curve("x", list(enumerate(values)))], "x", TILE, percent=False, kind="")
    numbers = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.-]+)", svg)]
    assert numbers
    assert all(0 <= y <= 150 for y in numbers)
    assert "nan" not in svg


def test_phases_fill_their_bar():
    widths = [float(width) for width in re.findall(r'width="([\d.]+)" height', phases_bar({"play": 1.0, "learn": 3.0}))]
    assert widths == pytest.approx([24.6, 74.6])
    assert phases_bar({}) == ""


def test_pages_of_runs_need_no_pytorch():
    imports = "import sys, sparring.site; sparring.site.setup(); import sparring.site.runs.views, sparring.cli.runs"
    code = f"{imports}; print('torch' in sys.modules, 'yaml' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "False False"


def test_a_record_knows_how_far_it_is(data_folder):
    run: RunRecord = record_of(run_folder(data_folder, "ada", updates=50).name)
    assert (run.state, run.steps, run.share, run.model) == ("crashed", 50_000, 0.5, "")
