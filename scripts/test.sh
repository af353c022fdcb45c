#!/usr/bin/env bash
# Every test but the nightly ones. Those marked quiet measure time, so they run last and alone.
set -euo pipefail
cd "$(dirname "$0")/.."

pytest=(.venv/bin/python -m pytest --quiet --cov --cov-report=)
export OMP_NUM_THREADS=1

"${pytest[@]}" -m "not quiet and not nightly" -n "${WORKERS:-2}" --dist loadgroup
"${pytest[@]}" -m "quiet and not nightly" --cov-append --cov-report=term
