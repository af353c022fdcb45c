"""What holds for every test of the sandbox."""

from __future__ import annotations

import pytest

from sparring.sandbox import pool


@pytest.fixture(autouse=True, scope="module")
def _nobody_waits() -> None:
    """Workers of other tests in this process may have asked for sandboxes that are kept ready."""
    pool.stop()
