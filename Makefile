# Two commands on a fresh machine: `make demo` and `make test`. Each installs what is missing first.
PYTHON ?= python3
BIN := .venv/bin
OUT ?= qosreport-out

RUN_PACKAGES := python3-venv libpangoft2-1.0-0 libharfbuzz-subset0 \
	fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji
TEST_PACKAGES := poppler-utils chromium default-jre-headless libatomic1

.PHONY: attribution-matrix false-arrows help demo test test-spark lint docs sample bench clean
.DEFAULT_GOAL := help

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 26

demo: .venv/run ## a simulated organisation through the whole job, reports in qosreport-out/
	@$(BIN)/qosreport demo --out $(OUT)

test: lint ## everything that is checked: style, types, imports, tests
	@$(BIN)/python -m pytest -q -rs -n auto --dist worksteal

test-spark: .venv/dev ## what 'make test' leaves out: the same scores on Spark (half a gigabyte)
	@$(BIN)/pip install --quiet --group spark
	@$(BIN)/python -m pytest -q -rs tests/unit/scoring/engines/test_equal.py \
		tests/unit/scoring/engines/test_spark.py

lint: .venv/dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

docs: .venv/dev ## write the parts of the documentation that the code knows
	@$(BIN)/python docs/generate.py

sample: .venv/dev ## make sample_output/ again
	@rm -rf sample_output
	@PYTHONPATH=. $(BIN)/python tests/sample.py sample_output

bench: .venv/dev ## ratios against named alternatives, written to benchmarks/RESULTS.md
	@$(BIN)/pip install --quiet --group bench
	@$(BIN)/python benchmarks/run.py

attribution-matrix: .venv/dev ## compare attribution with the simulator's causes, into docs/scoring.md
	@$(BIN)/python benchmarks/attribution_matrix.py

false-arrows: .venv/dev ## how often a change is seen where there is none, into docs/scoring.md
	@$(BIN)/python benchmarks/false_arrows.py

clean: ## remove what make made
	rm -rf .venv $(OUT) qosreport-data benchmarks/.data

# The stamps say: installed from the pyproject.toml that lies here now.
.venv/run: pyproject.toml
	@.ci/packages $(RUN_PACKAGES)
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --upgrade pip
	@$(BIN)/pip install --quiet --editable .
	@touch $@

.venv/dev: .venv/run pyproject.toml
	@.ci/packages $(TEST_PACKAGES)
	@$(BIN)/pip install --quiet --editable . --group dev
	@touch $@
