# Every target sets itself up: a fresh clone needs Python 3.11 or newer, git and make.
# `make` alone lists the targets.

VENV := .venv
BIN  := $(VENV)/bin
READY := $(VENV)/.ready

# The first of these that is new enough; `make PYTHON=/path/to/python3.12` chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; \
	done)

.DEFAULT_GOAL := help
.PHONY: help setup demo up test test-native system planted fast integration fault bench bench-routing soak lint types lock clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

setup: $(READY) ## Make .venv from the lock, with `croupier` in it

# Made once, and again when the lock or the project's description changes.
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Croupier needs Python 3.11 or newer; python3 here is" \
		"$$(python3 --version 2>&1). Install one, or name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing." \
		"On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "installing the locked packages into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## A day of support in about a minute, on parts that pip installs
	$(BIN)/croupier demo

up: $(READY) ## Keep a stack and the services running; prints what to try
	$(BIN)/croupier up

test: $(READY) lint types ## Everything that needs no Java: lint, types, tests on the embedded stack
	CROUPIER_STACK=$${CROUPIER_STACK:-embedded} $(BIN)/pytest -m "not native and not planted"

test-native: $(READY) ## The tests that need a stack, faults too, on real Kafka and a durable store
	$(BIN)/croupier stack prepare --kind native
	CROUPIER_STACK=native $(BIN)/pytest -m "stack or native"

system: ## Programs that some tests need, from Debian: swaks, chromium (skipped without)
	@missing=; for each in swaks chromium; do command -v $$each >/dev/null || missing="$$missing $$each"; done; \
	test -z "$$missing" || { echo "installing$$missing"; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; }

planted: $(READY) ## Rules and safeguards taken out on purpose, each missed by a test
	$(BIN)/pytest -m planted tests/property tests/simulation

fast: $(READY) ## Unit, property and contract tests: seconds, no stack
	$(BIN)/pytest -m "not planted" tests/unit tests/property tests/contract

integration: $(READY) ## Integration tests on the embedded stack, or the one in CROUPIER_STACK
	CROUPIER_STACK=$${CROUPIER_STACK:-embedded} $(BIN)/pytest -m "not native" tests/integration tests/e2e

fault: $(READY) ## Fault tests: kills, freezes and restarts, on the native stack
	$(BIN)/croupier stack prepare --kind native
	CROUPIER_STACK=native $(BIN)/pytest tests/fault

bench: $(READY) ## Measure against the floor, a naive design and a bare endpoint; writes build/*.json
	$(BIN)/croupier stack prepare --kind native
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.doors

bench-routing: $(READY) ## Our dealing against peers' rules and bounds, the simulator against theory
	$(BIN)/python -m tests.bench.routing
	$(BIN)/python -m tests.bench.simulator_theory

soak: $(READY) ## Ten minutes of steady load: no service may grow; writes build/soak.json
	$(BIN)/croupier stack prepare --kind native
	$(BIN)/python -m tests.bench.soak

lint: $(READY) ## Style, formatting and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo

types: $(READY) ## mypy, strict, tests included
	$(BIN)/mypy

lock: ## Pin every package by hash again, for this tree and for the images; needs uv
	@command -v uv >/dev/null || { echo "uv is missing: pip install uv, or see docs.astral.sh/uv"; exit 1; }
	uv pip compile pyproject.toml --universal --generate-hashes --all-extras --no-header \
		--output-file requirements.lock
	uv pip compile pyproject.toml --universal --generate-hashes --no-header \
		--constraints requirements.lock --output-file deploy/images/requirements.lock

clean: ## Remove what was made here, except data of running stacks; the next make sets up again
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
