# Bare `make` lists what there is. PYTHON and ARGS may be set: `make test ARGS="-k placement"`.
PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PINS := constraints.txt
PROJECTS := packages/datalox packages/mxc
EDITABLE := $(foreach project,$(PROJECTS),-e $(project))

.DEFAULT_GOAL := help
.PHONY: help install up test soak check fix bench docs migration clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

install: $(STAMP) ## Make .venv with every pinned dependency and the two packages

up: $(STAMP) ## Run the whole system in the foreground; Ctrl-C stops it
	@exec $(BIN)/mxc up $(ARGS)

test: $(STAMP) ## Run every test except the long ones
	$(BIN)/pytest -m "not soak" -n auto --dist loadfile $(ARGS)

soak: $(STAMP) ## Run the long tests, then properties with fresh seeds; SOAK_MINUTES=20
	$(BIN)/python -m tools.soak $(ARGS)

check: $(STAMP) ## Formatting, lints, floors, house rules, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy packages/datalox/src packages/mxc/src tools
	$(BIN)/pytest -q packages/mxc/tests/house

fix: $(STAMP) ## Format, and repair what the linter can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) ## Run the benchmarks; figures go to docs/reference/performance.md
	$(BIN)/python -m tools.bench $(ARGS)

docs: $(STAMP) ## Write docs/reference anew from the code
	$(BIN)/python -m tools.docs

migration: $(STAMP) ## Write the revision from the schema as it is to what is declared: NAME="add sites"
	$(BIN)/mxc dev migration "$(NAME)"

clean: ## Remove what tools left behind; .venv and .mxc (your data) stay
	find packages tools -name __pycache__ -type d -prune -exec rm -rf {} +
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# uv when it is there (and can reach an index), else pip; the stamp makes the second `make up` quick.
$(STAMP): $(PINS) $(addsuffix /pyproject.toml,$(PROJECTS))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "mxc needs Python 3.11 or newer; name one: make PYTHON=python3.11 install"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
		{ echo "No virtual environment could be made; on Debian: apt-get install python3-venv"; exit 1; }
	@if uv --version >/dev/null 2>&1 && uv pip install --quiet --python $(BIN)/python --compile-bytecode \
		--require-hashes -r $(PINS); then :; \
	else $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(PINS); fi
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(EDITABLE)
	@touch $@
	@echo "Installed into $(VENV)."
