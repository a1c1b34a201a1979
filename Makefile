# Témoin's commands. `make help` lists them. Second runs reinstall nothing and need no network.

SHELL := /bin/sh
BIN := .venv/bin
OUT := demo-output
SOURCES := cli.py commands web temoin capture scheduler store exhibits demo
CODE := $(SOURCES) tests tools $(wildcard benchmarks/*.py)
# The first Python of this list that is 3.11 or newer; `make PYTHON=… prepare` names another.
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

.DEFAULT_GOAL := help
.PHONY: help prepare browser test-tools demo test check bench soak docs messages lock clean

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

prepare: ## create .venv with the locked dependencies
	@if [ -z "$(PYTHON)" ]; then \
		echo "Témoin needs Python 3.11 or newer, and none was found. Install it, then run this again." >&2; \
		exit 3; \
	fi
	@$(PYTHON) tools/prepare.py venv

browser: prepare ## see to a browser and, on Linux, a virtual display
	@$(BIN)/python tools/prepare.py browser

test-tools: prepare
	@$(BIN)/python tools/prepare.py test-tools

demo: browser ## the whole job on built-in replica sites, left under demo-output/
	$(BIN)/temoin demo --out $(OUT)

# Three at once on two cores: many tests wait, for a browser, a killed process or a time to come. One file stays with one worker: its fixtures (a server, a bundle) are then built once. In the order of the folders:
# by number of tests, which is the plug-in's own order, the few long ones of acceptance/ would come last, on one core.
test: browser test-tools ## every test
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

check: prepare ## format, lint, types, import contracts, generated documents
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports
	$(BIN)/python tools/generate.py --check

bench: browser ## the measurements of docs/measurements.md
	$(BIN)/python benchmarks/run.py

soak: browser ## the long tests
	$(BIN)/pytest -m soak --timeout 86400

docs: prepare ## write the generated documents
	$(BIN)/python tools/generate.py

messages: prepare ## collect the sentences of the code, update and compile the French catalogue
	$(BIN)/python tools/messages.py

lock: prepare ## resolve pyproject.toml anew into requirements.lock (needs uv)
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
		--no-annotate --python-version 3.11 --extra dev pyproject.toml -o requirements.lock

clean: ## remove what these commands made, the evidence of `make demo` included
	rm -rf .venv $(OUT) dist test-results .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
