#!/usr/bin/env bash
# Every test but the nightly ones. Those marked quiet measure time, so they run last and alone.
# What it is called with goes to pytest, too.
set -euo pipefail
cd "$(dirname "$0")/.."

export OMP_NUM_THREADS=1
pytest=(.venv/bin/python -m pytest --quiet --durations 15 "$@")

"${pytest[@]}" -m "not quiet and not nightly" -n "${WORKERS:-2}" --dist loadgroup
"${pytest[@]}" -m "quiet and not nightly"
