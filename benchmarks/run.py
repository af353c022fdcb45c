"""Measure Sparring and its peers side by side in one run: `make bench`.

    make bench                                      everything; writes results/latest.json and docs/benchmarks.md
    make bench BENCH="--quick"                      does it work? few and short measurements, nothing is written
    make bench BENCH="--only random-play --only duel"      these parts; the others keep what they had

Quiet the machine first. Exit status 1 when something could not be measured or a promise was missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from contest import ContestantError, contest
from part import Part
from parts import parts
from peers import install_peers
from report import Outcome, check, document, print_tables, publish


def main() -> int:
    options = arguments()
    install_peers()
    chosen = [part for part in parts() if not options.only or part.name in options.only]
    outcomes = [run_part(part, options.quick) for part in chosen]
    print_tables(outcomes)
    found = document(outcomes, options.quick)
    if options.output:
        options.output.write_text(json.dumps(found, indent=1) + "\n")
    if not options.quick:
        publish(found)
    kept = [
        not outcome.failure and all(check(target, outcome.measured)[1] for target in outcome.part.targets)
        for outcome in outcomes
    ]
    return 0 if all(kept) else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few and short measurements")
    parser.add_argument(
        "--only", action="append", choices=[part.name for part in parts()], help="this part; repeatable"
    )
    parser.add_argument("--output", type=Path, help="write the JSON document here as well")
    return parser.parse_args()


def run_part(part: Part, quick: bool) -> Outcome:
    print(f"{part.name}: {part.title}", file=sys.stderr, flush=True)
    try:
        measured = contest(part.contestants, part.rounds[quick], part.seconds[quick], say)
    except ContestantError as failure:
        return Outcome(part, [], str(failure))
    return Outcome(part, measured)


def say(progress: str) -> None:
    print(f"  {progress}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
