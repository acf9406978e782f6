# The kit in a few words. Every target first brings .venv to what the requirement files ask for (seconds when it is).
PYTHON ?= python3
BIN := .venv/bin
KPI_DATA ?= data
SAMPLE ?= --days 90 --agents 12 --seed 1
PERIOD ?= latest-week
ARGS ?=
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help env env-test sample report test lint lab lock clean

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 10

env:
	@$(PYTHON) tools/setup_env.py run

env-test:
	@$(PYTHON) tools/setup_env.py test

sample: env ## a sample shop, written to data/sample and read into the store
	$(BIN)/kpi sample $(SAMPLE) --data "$(KPI_DATA)"
	$(BIN)/kpi ingest "$(KPI_DATA)/sample" --data "$(KPI_DATA)"

report: env ## the report of PERIOD (latest-week) of your data, or of a sample shop while there is none
	@test -e "$(KPI_DATA)/store/HEAD" || $(MAKE) --no-print-directory sample
	$(BIN)/kpi report --period $(PERIOD) --data "$(KPI_DATA)" $(ARGS)

test: env-test ## all tests; says which were skipped and why
	$(BIN)/python -m pytest -rs $(ARGS)

lint: env-test ## ruff: errors and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

lab: env ## the notebooks in JupyterLab
	$(BIN)/kpi lab --data "$(KPI_DATA)" $(ARGS)

lock: ## pin the requirement files anew after a change of pyproject.toml (ARGS=--upgrade for newer versions)
	$(PYTHON) tools/lock.py $(ARGS)

clean: ## take away .venv and what tests left behind; data and reports stay
	rm -rf .venv build .pytest_cache .ruff_cache .hypothesis
