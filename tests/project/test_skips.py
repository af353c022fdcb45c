"""On CI a test that would be skipped has failed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SKIPPING = {
    "inside": "import pytest\ndef test_one(): pytest.skip('no browser')",
    "marked": "import pytest\n@pytest.mark.skipif(True, reason='no browser')\ndef test_one(): pass",
    "module": "import pytest\npytest.skip('no browser', allow_module_level=True)",
}


def run_pytest(folder: Path, source: str, ci: str) -> str:
    (folder / "conftest.py").write_text((ROOT / "conftest.py").read_text())
    (folder / "test_skipping.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "-p", "no:django", "-p", "no:cacheprovider", "-q", "-ra", str(folder)]
    environment = {**os.environ, "CI": ci}
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment).stdout


@pytest.mark.parametrize("way", SKIPPING)
def test_a_skip_fails_on_ci_and_says_why(tmp_path, way):
    output = run_pytest(tmp_path, SKIPPING[way], ci="true")
    assert "Nothing may be skipped when CI is set" in output
    assert "no browser" in output
    assert "1 failed" in output or "1 error" in output


def test_a_skip_at_home_stays_a_skip(tmp_path):
    assert "1 skipped" in run_pytest(tmp_path, SKIPPING["inside"], ci="")


def test_an_expected_failure_is_no_skip(tmp_path):
    source = "import pytest\n@pytest.mark.xfail\ndef test_one(): assert False"
    assert "1 xfailed" in run_pytest(tmp_path, source, ci="true")


def test_nightly_tests_wait_to_be_asked_for(tmp_path):
    source = "import pytest\n@pytest.mark.nightly\ndef test_one(): pass\ndef test_two(): pass"
    assert "1 passed, 1 deselected" in run_pytest(tmp_path, source, ci="true")
