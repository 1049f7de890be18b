# One word does one thing. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
# The first Python that is new enough; `make PYTHON=...` names another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help serve test check bench load faults docs format clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.serve: requirements.lock scripts/setup.py
	@$(PYTHON) scripts/setup.py $(VENV) requirements.lock
	@touch $@

$(VENV)/.dev: requirements.lock requirements-dev.lock scripts/setup.py
	@$(PYTHON) scripts/setup.py $(VENV) requirements-dev.lock
	@touch $@ $(VENV)/.serve

serve: $(VENV)/.serve ## install what is missing, then start the server and print the address of the demo page
	@$(BIN)/python -m bridge serve

test: $(VENV)/.dev ## install what the tests need, then run the whole suite; what fails beside others is run once more, alone
	@$(BIN)/python scripts/test_needs.py
	@$(BIN)/python scripts/run_tests.py

check: $(VENV)/.dev ## format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.dev ## run all benchmarks and print their figures and methods
	@$(BIN)/python -m bench

load: $(VENV)/.dev ## measure what the product carries and write docs/performance.md: [only=accepting,soak] [scale=short]
	@$(BIN)/python -m bench.load $(if $(only),--only $(only)) $(if $(scale),--scale $(scale))

faults: $(VENV)/.dev ## kill, freeze and cut off everything, for an hour or two, and write docs/reliability.md
	@$(BIN)/python -m tests.faults

docs: $(VENV)/.dev ## write the parts of the documents that come from the code
	@$(BIN)/python -m scripts.generate_docs

format: $(VENV)/.dev ## put the code into its standard form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## remove the environment and every cache; data in var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
