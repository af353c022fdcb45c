# `make` alone lists what there is.

PYTHON ?= python3
SPARRING_HOME ?= $(CURDIR)/arena-data
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help arena test coverage lint bench nightly strength lock clean set-up set-up-dev python

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

arena: set-up ## Set up if needed, then run the arena on http://127.0.0.1:8000 (Ctrl-C stops it)
	@SPARRING_HOME='$(SPARRING_HOME)' exec $(BIN)/sparring up

test: lint ## Set up with the tools, then linters, types and every test
	@scripts/test.sh

coverage: set-up-dev ## The same tests, and which lines they come to (a third slower)
	@rm -f .coverage
	@scripts/test.sh --cov --cov-append --cov-report=term

lint: set-up-dev ## Style, format, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: set-up-dev ## Measure against peers side by side, in a virtual environment of their own
	@$(BIN)/python benchmarks/run.py $(BENCH)

nightly: set-up-dev ## The long tests
	$(BIN)/python -m pytest -m nightly --timeout 7200

strength: set-up-dev ## Train on this machine and check the strength that is promised (many hours)
	@$(BIN)/python benchmarks/strength.py $(STRENGTH)

lock: python ## Resolve the dependencies anew and pin them (with Python 3.11)
	@$(PYTHON) scripts/lock.py

clean: ## Remove what was built; the arena's data stays
	rm -rf .venv .venv-peers build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache \
	  .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

set-up: python
	@$(PYTHON) scripts/set_up.py arena

set-up-dev: python
	@$(PYTHON) scripts/set_up.py dev

python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here. Install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3 ..."; exit 1; }
