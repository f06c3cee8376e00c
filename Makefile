# Shortcuts for those who work on Terreau. Running it needs none of them: ./terreau
BIN = $(or $(TERREAU_VENV),.venv)/bin
export PYTHONPATH = src
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

.PHONY: help test check format pins messages docs front

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

test:  ## every test on both databases
	./terreau test

check:  ## lint, types, imports, migrations, documentation
	$(BIN)/ruff check . ./terreau && $(BIN)/ruff format --check . ./terreau
	$(BIN)/mypy && $(BIN)/lint-imports
	./terreau makemigrations --check --dry-run && ./terreau docs_reference --check && ./terreau api_reference --check

format:  ## put the code in its shape
	$(BIN)/ruff format . ./terreau && $(BIN)/ruff check --fix . ./terreau

pins:  ## write requirements/*.txt again from requirements/*.in (needs uv); UPGRADE=--upgrade takes newer versions
	for name in run postgres dev bench spark; do $(COMPILE) $(UPGRADE) requirements/$$name.in -o requirements/$$name.txt; done

messages:  ## gather the French sentences in the English catalogue, then compile it (needs gettext)
	cd src/terreau && ../../$(BIN)/python ../../manage.py makemessages --locale en --no-location --no-obsolete --no-wrap
	$(BIN)/python -m tests.house.french
	cd src/terreau && ../../$(BIN)/python ../../manage.py compilemessages --locale en --locale fr

docs:  ## write docs/reference again
	./terreau docs_reference && ./terreau api_reference

front:  ## bundle the front-end libraries again (needs Node)
	cd frontend && npm ci && node build.mjs
