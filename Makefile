# The two commands to know: `make demo` and `make test`. Both set up what they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check lint types docs schema snapshots bench dist clean

demo: $(VENV)/.ready ## price real calls, and estimate a prompt under several models
	$(BIN)/costcalc price grok-code-fast-1 --input 1M --cache-read 600k --output 100k --requests 40 --at 2025-09-07
	$(BIN)/costcalc history grok-code-fast-1
	$(BIN)/costcalc compare --input 1M --cache-read 900k --output 10k --requests 40 --at 2025-09-01 \
		grok-code-fast-1 gpt-5 gemini-2.5-pro claude-sonnet-4-20250514 claude-opus-4-1-20250805
	$(BIN)/costcalc estimate README.md --output p50=400,p90=1500 --calls 1000 \
		-m gpt-5.5 -m claude-opus-5 -m gemini-2.5-pro -m grok-4.3

test: $(VENV)/.ready ## run the tests with branch coverage
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report

check: lint types test docs ## everything that must hold before a change lands

lint: $(VENV)/.ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.ready
	$(BIN)/pyright --pythonpath $(BIN)/python

docs: $(VENV)/.ready
	$(BIN)/mkdocs build --strict --site-dir build/site

schema: $(VENV)/.ready ## write pricing/schema.json anew from the grammar
	$(BIN)/costcalc registry schema > pricing/schema.json

snapshots: $(VENV)/.ready ## write the price snapshots anew; read the diff before you commit it
	$(BIN)/python tests/prices/snapshots.py

bench: ## measure speed and exactness beside the peers
	$(PYTHON) benchmarks/run.py

dist: $(VENV)/.ready ## build wheel and sdist
	$(BIN)/python -m build --outdir build/dist

clean:
	rm -rf $(VENV) build .coverage .pytest_cache .ruff_cache .hypothesis

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[cli,docs,files,parquet,plot]" --group test --group lint
	touch $@
