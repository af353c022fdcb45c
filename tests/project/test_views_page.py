"""The code on the page about views runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "views.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_a_block_runs(block):
    names: dict[str, object] = {}
    exec(block, names)
    env = names.get("env")
    if env is not None:
        env.reset(seed=2)
        assert env.step(3)[1] == 0.0
    if "steps" in names:
        assert len(names["steps"].rows) == 512
    if "turns" in names:
        names["turns"].reset(seed=1)
        assert names["turns"].agent_selection == "seat_0"


def test_there_is_something_to_run():
    assert len(BLOCKS) == 4
