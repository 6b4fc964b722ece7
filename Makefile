# Everything a person types. `make help` lists it; nothing here writes outside this folder,
# the package managers' own caches aside.
STACK   ?= gcp-dev
CLUSTER ?= shape
PYTHON  ?= python3
PY      := .venv/bin/python
SERVERS  = --cluster $(CLUSTER) $(if $(KUBERNETES),--kubernetes $(KUBERNETES))
.DEFAULT_GOAL := help
# The SDKs are large: without their compiled modules every run of a program compiles them again, and takes twice as long.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.palisade/pycache
.PHONY: help setup up preview destroy release evidence isolation test check lint format policies schema mutations bench clean

help: ## list the commands
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  STACK=NAME chooses a stack of stacks/ (now: $(STACK))"
	@echo "  CLUSTER=real, for all that rehearse, puts a real API server behind each cluster (needs Go);"
	@echo "  KUBERNETES=1.36 with it chooses the version before the newest"

setup: ## install the locked packages into .venv and get the engine (the others call this)
	@$(PYTHON) tools/bootstrap.py

up: setup ## rehearse the stack: preview under the policies, then up; no account, no credential
	@$(PY) -m tools up $(STACK) $(SERVERS)

preview: setup ## rehearse the preview only, under the policies
	@$(PY) -m tools preview $(STACK) $(SERVERS)

destroy: setup ## tear the rehearsed stack down; lists what is kept by design
	@$(PY) -m tools destroy $(STACK) $(SERVERS)

release: setup ## tear a protected stack down whole: APPROVED_BY= and REASON= are required
	@$(PY) -m tools release $(STACK) --approved-by "$(APPROVED_BY)" --reason "$(REASON)" $(SERVERS)

evidence: setup ## write what the last run proves of each framework, as HTML and JSON, to .palisade/evidence
	@$(PY) -m tools evidence $(STACK) $(SERVERS)

isolation: setup ## prove who can reach whom over the stack's plan; the page is in .palisade/isolation
	@$(PY) -m tools isolation $(STACK) $(SERVERS)

test: setup ## the whole test suite, engine tests included
	@$(PY) -m tools test

check: lint test ## format, lint, strict types, tests

lint: setup ## format, lint, strict types
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m basedpyright

format: setup ## format and mend what can be mended
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

policies: setup ## write docs/policies.md from the rules
	@$(PY) -m policies.reference

schema: setup ## write the stack files' JSON Schema from the settings
	@$(PY) -m stacks.schema

mutations: setup ## make the stack insecure, one input at a time: "mutation -> rule"; fails on a survivor
	@$(PY) -m tests.engine.mutations $(STACK)

bench: setup ## measure: ratios within one run
	@$(PY) -m benchmarks $(STACK)

clean: ## forget installed packages, the engine, and everything rehearsed
	rm -rf .venv .palisade .pytest_cache .ruff_cache .hypothesis
