# The verbs. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
LOCK := requirements/dev.txt

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-kafka test-postgres quick prove bench bench-latency bench-scale bench-gateway bench-audience bench-check aepp pictures check format lock clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: .venv/.installed ## make .venv with the locked dependencies and the `clarion` command

# Reinstalled whenever the lock or the project's own metadata is younger than the environment.
.venv/.installed: $(LOCK) pyproject.toml
	@echo "Installing the locked dependencies into .venv (once) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Clarion needs Python 3.11 or newer; say PYTHON=python3.x" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --require-hashes -r $(LOCK)
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## the whole story on a real Kafka and PostgreSQL
	@$(BIN)/clarion demo

# By file, so that tests of one file share their servers. Each worker starts a Kafka and a PostgreSQL of its own.
# Files keep the order of tests/conftest.py, slowest first; by default those with few tests come last, as the proof does.
WORKERS ?= 2
SHARED := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test: setup ## every test: unit, integration, faults (ARGS="-k replay")
	@$(BIN)/pytest $(SHARED) $(ARGS)

quick: setup ## the tests that start no server, in seconds
	@$(BIN)/pytest $(SHARED) --hypothesis-profile=quick tests/unit $(ARGS)

# What rests on the brokers' side of the protocol: fencing, the gate, exactly once.
test-kafka: setup ## the tests of exactly once on another Kafka (VERSION=3.9.1)
	@CLARION_EMBEDDED_KAFKA_VERSION=$(VERSION) $(BIN)/pytest \
	  tests/integration/test_fencing.py tests/integration/test_gate.py tests/integration/test_exactly_once.py $(ARGS)

# What rests on what PostgreSQL does: claims and epochs, migrations, the registry, the projection.
test-postgres: setup ## the tests of the store on another PostgreSQL (URL=postgresql://superuser:...)
	@CLARION_DATABASE_URL=$(URL) $(BIN)/pytest \
	  tests/integration/test_batch_store.py tests/integration/test_migrations.py tests/integration/test_exactly_once.py \
	  tests/integration/test_session.py tests/integration/test_projector.py tests/integration/test_registry.py \
	  tests/integration/test_allow_list.py $(ARGS)

prove: setup ## compare both ways of 100,000 triggers, then try for ten minutes to break exactly once
	@$(BIN)/python -m proof.ways
	@$(BIN)/clarion prove --minutes 10

# The peers' libraries, which are not ours, and whose wishes for versions differ from ours.
.venv-bench/.installed: requirements/bench.txt
	@echo "Installing the benchmark's peers into .venv-bench (once) ..."
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/pip install --quiet --require-hashes -r $<
	@touch $@

bench: setup .venv-bench/.installed ## measure the engine, the client's ceiling and peers on one broker (ARGS="--quick --only raw,unitary")
	@$(BIN)/python -m bench $(ARGS)

bench-latency: setup ## from a trigger to its readable delivery, by rate and linger
	@$(BIN)/python -m bench.latency $(ARGS)

bench-scale: setup ## what a trigger costs as partitions, processes, campaigns, profiles and claims grow
	@$(BIN)/python -m bench.scale $(ARGS)

bench-gateway: setup ## accepted calls per second by HTTP, beside an endpoint that does nothing
	@$(BIN)/python -m bench.gateway $(ARGS)

bench-audience: setup ## one call to 100,000 people: snapshot, expander, whole path, memory (ARGS="--members 1000000")
	@$(BIN)/python -m bench.audience $(ARGS)

bench-check: setup ## warn of ratios to the client's ceiling that fell by over 15 % since they were recorded
	@$(BIN)/python -m bench.guard $(ARGS)

# Only what its calls need: with all its wishes it would bring pandas, matplotlib and graphviz.
aepp: ## the environment of the test that calls the gateway by Adobe's library aepp
	@$(PYTHON) -m venv .venv-aepp
	@.venv-aepp/bin/pip install --quiet requests
	@.venv-aepp/bin/pip install --quiet --no-deps aepp==0.6.0

pictures: setup ## draw the pictures of the documentation: the rooms, and the demo's screen
	@$(BIN)/python -m docs.pictures.draw
	@$(BIN)/python -m demo.picture docs/pictures/demo.svg

# Two branches may take the same number for their migrations, which git does not notice.
check: setup ## formatting, lint, types, import contracts, numbers of migrations
	@twice=$$(grep -h '^revision = ' consumer/store/migrations/versions/*.py | sort | uniq -d); \
	  [ -z "$$twice" ] || { echo "Two migrations have the same $$twice" >&2; exit 1; }
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup ## format the code, and fix what ruff can fix
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: ## resolve the dependencies again into requirements/ (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --extra proof --group dev pyproject.toml -o $(LOCK)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  pyproject.toml -c $(LOCK) -o requirements/runtime.txt
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --group bench --python-version 3.11 -o requirements/bench.txt

clean: ## remove everything that `make` made
	rm -rf .venv .venv-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
