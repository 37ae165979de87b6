# The interface for people and CI. Needs make, git and Python 3.11; everything else is fetched.

.DEFAULT_GOAL := help
.PHONY: help setup demo test check fix eval bench leaks drills contract
SHELL := /bin/sh

BIN := .venv/bin
TOOLS := .aktensuche/uv
# a uv of the machine, else our own, by pinned checksum
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo $(TOOLS)/bin/uv)
PYTHON := $(shell for p in python3.11 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# what root installs must be readable for the user that runs it
UMASK := umask 022

help: ## list what can be done here
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/synced ## fetch and build everything; start nothing
	@$(BIN)/aktensuche setup

demo: .venv/synced ## bring up everything on this machine with sample records; Ctrl-C stops it
	@$(BIN)/aktensuche up --under-make

test: .venv/synced ## run all tests; groups that lack a system package are named
	@$(BIN)/python -m tests.side_by_side

check: .venv/synced ## formatting, lint, types, direction of imports, what the interface promised, lock file
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.compatibility
	@$(UV) lock --check --quiet

fix: .venv/synced ## format, and repair what can be repaired by itself
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

eval: .venv/synced ## measure how well searches find, with judged queries on invented records
	@$(BIN)/python -m benchmarks.finding

bench: .venv/synced ## measure speed against the parts alone
	@test -f benchmarks/__main__.py || { echo "make bench is not built yet (issue 3)" >&2; exit 2; }
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.price

leaks: .venv/synced ## try every door with every kind of caller, in full size, and print what came through
	@AKTENSUCHE_LEAKS=full $(BIN)/python -m pytest tests/leaks --durations=5 -o timeout=3000

contract: .venv/synced ## ask every route of the document in every way, more than 5,000 times, and print what came of it
	@AKTENSUCHE_CONTRACT=full $(BIN)/python -m pytest tests/unit/search_api/test_any_request.py \
		tests/acceptance/test_contract_on_the_system.py -o timeout=7200

drills: .venv/synced ## do harm to every part while records come in, in full size, and print what became of them
	@AKTENSUCHE_DRILLS=full $(BIN)/python -m pytest tests/drills --durations=5 -o timeout=3000

.venv/synced: pyproject.toml uv.lock $(filter-out uv,$(UV))
	@test -n "$(PYTHON)" || { echo "Python 3.11 is missing: install it (Debian: python3.11)" >&2; exit 1; }
	@$(UMASK); $(UV) sync --frozen --compile-bytecode --quiet --python "$(PYTHON)"
	@chmod -R go+rX .venv
	@touch $@

$(TOOLS)/bin/uv: local/bootstrap.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 is missing: install it (Debian: python3.11)" >&2; exit 1; }
	@$(UMASK); "$(PYTHON)" -m pip install --quiet --no-deps --only-binary :all: --require-hashes \
		--root-user-action ignore --upgrade --target $(TOOLS) -r local/bootstrap.txt
	@touch $@
