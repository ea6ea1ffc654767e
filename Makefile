# Every target sets up what it needs by itself. `make` alone lists them.
SHELL := /bin/bash
PYTHON_ENV := .venv/bin/python
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help serve test test-unit check format soak bench docs lock wheel clean ready-run ready-dev ready-test

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

serve: ready-run ## run the cloud; flags go into ARGS: make serve ARGS="--port 8080"
	@exec $(PYTHON_ENV) -m ionstack serve $(ARGS)

test: ready-test ## run all tests
	@$(PYTHON_ENV) -m pytest -n 2 --dist loadgroup --no-loadscope-reorder $(ARGS)

test-unit: ready-dev ## run the unit tests alone
	@$(PYTHON_ENV) -m pytest tests/unit $(ARGS)

check: ready-dev ## check format, lint, types and docs
	@$(PYTHON_ENV) -m ruff format --check .
	@$(PYTHON_ENV) -m ruff check .
	@$(PYTHON_ENV) -m mypy
	@$(MAKE) --no-print-directory docs

format: ready-dev ## format the source and mend what can be mended
	@$(PYTHON_ENV) -m ruff check --fix .
	@$(PYTHON_ENV) -m ruff format .

soak: ready-test ## run the long crash and fuzz tests with random seeds
	@$(PYTHON_ENV) -m pytest -m soak --soak --timeout 0 $(ARGS)

bench: ready-test ## measure, next to peers; writes its figures to a file
	@scripts/setup bench
	@$(PYTHON_ENV) -m bench $(ARGS)

docs: ready-dev ## build the documentation into build/docs
	@$(PYTHON_ENV) -m sphinx --quiet --fail-on-warning --keep-going --nitpicky -d build/doctrees docs build/docs

lock: ready-dev ## lock the dependencies anew: make lock ARGS=--upgrade
	@scripts/lock $(ARGS)

wheel: ready-dev ## build the package into dist
	@$(PYTHON_ENV) -m hatchling build -t wheel

clean: ## remove everything that was set up or built
	rm -rf .venv build dist tests/clients/node/node_modules docs/reference
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

ready-run:
	@scripts/setup run

ready-dev:
	@scripts/setup dev

ready-test: ready-dev
	@scripts/setup clients
	@scripts/setup-clients
	@scripts/setup-postgres
