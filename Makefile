# The two commands to know: `make demo` and `make test`. Both set up what they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check lint types docs schema snapshots bench dist clean

demo: $(VENV)/.ready ## forecast a project: the figures, the verdict, and a report to open
	mkdir -p build
	$(BIN)/costcalc plan report examples/plan.yaml --out build/atlas.html
	$(BIN)/costcalc price grok-code-fast-1 --input 1M --cache-read 600k --output 100k --requests 40 --at 2025-09-07
	$(BIN)/costcalc session claude-sonnet-4-6 --preset coding-agent --compare gpt-5.5 --compare grok-4.3

test: $(VENV)/.ready ## run the tests with branch coverage
	$(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term

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
