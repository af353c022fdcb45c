"""What holds for every test: those in tests/ and the examples in docstrings."""

from __future__ import annotations

import os
from collections.abc import Generator

import hypothesis
import pytest

ON_CI = os.environ.get("CI", "").lower() in {"1", "true"}

# Compiling inside an example would count against a deadline. On CI the same examples run every time.
hypothesis.settings.register_profile("sparring", deadline=None, derandomize=ON_CI)
hypothesis.settings.load_profile("sparring")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the nightly tests out unless `-m` asks for them."""
    if "nightly" in (config.option.markexpr or ""):
        return
    nightly = [item for item in items if item.get_closest_marker("nightly")]
    config.hook.pytest_deselected(items=nightly)
    items[:] = [item for item in items if not item.get_closest_marker("nightly")]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On CI nothing is skipped: what a test needs is there, or the test has failed."""
    report = yield
    if ON_CI and report.skipped and not hasattr(report, "wasxfail"):
        fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if ON_CI and report.skipped:
        fail(report)
    return report


def fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"Nothing may be skipped when CI is set. {reason}"
