"""Train on this machine and prove the strength that is promised: `make strength`.

    make strength                                   every row with seeds 1, 2 and 3; hours
    make strength STRENGTH="--only connect_four --seeds 1"
    make strength STRENGTH="--quick --seeds 1"      instead: the preset `quick` of every game, three minutes each
    make strength STRENGTH="--minutes 0.2"          does it work? short trainings, nothing is written

Each run is `sparring train`, as a user would start it, in a data folder of its own. What counts is the published
model, loaded from the registry like any other agent. Rows that were trained for as long as they say are written to
results/strength.json and docs/strength.md; the others keep what they had. Exit status 1 when a promise was missed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from typing import Any

from proofs.quick import quick_rows
from proofs.row import Row
from proofs.rows import rows
from strength_report import document, print_table, publish

from sparring.errors import SparringError

QUICK = "The preset `quick` of every game"


def main() -> int:
    options = arguments()
    named = [row for row in [*rows(), *quick_rows()] if row.name in (options.only or ())]
    chosen = named or (quick_rows() if options.quick else rows())
    runs = [prove(row, seed, options.minutes or row.minutes) for row in chosen for seed in options.seeds]
    print_table(chosen, runs)
    if options.minutes is None:
        publish(document(runs), tables())
    return 0 if all(run["met"] for run in runs) else 1


def tables() -> dict[str, list[Row]]:
    """The tables of the page of the manual, by their headings."""
    return {"": rows(), QUICK: quick_rows()}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", action="append", choices=[row.name for row in [*rows(), *quick_rows()]], help="this row; repeatable"
    )
    parser.add_argument("--quick", action="store_true", help="the rows of the preset `quick`")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--minutes", type=float, help="train for so long instead; nothing is written then")
    return parser.parse_args()


def prove(row: Row, seed: int, minutes: float) -> dict[str, Any]:
    """One run of a row, in a data folder that is gone afterwards. What can't be trained or played says why."""
    known = {"row": row.name, "seed": seed, "minutes": minutes}
    with tempfile.TemporaryDirectory(prefix="sparring-strength-") as folder:
        os.environ["SPARRING_HOME"] = folder
        try:
            return known | row.prove(seed, minutes)
        except SparringError as error:
            return known | {"failure": str(error), "met": False}


if __name__ == "__main__":
    sys.exit(main())
