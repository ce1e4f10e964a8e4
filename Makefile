# Everything a newcomer needs: `make run` and `make test`. Only Python ≥ 3.11, make and a network are assumed.

PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,$(shell $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $(p))))
BIN := .venv/bin
HOST ?= 127.0.0.1
PORT ?= 8080

.DEFAULT_GOAL := help
.PHONY: help install frontend run test gate test-all check format test-cassandra test-clients test-golden test-parity test-browser \
        test-slow test-unit test-integration test-contract test-fast test-kit test-matrix test-newest test-attacks test-schedules test-mutants test-frontend test-cases test-advisories \
        bench-gateway bench-storage bench-api bench-deduper bench-cost bench-frontend bench-shadow bench-encoding docs bench-platform screens lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 18

install: .venv/installed ## build .venv, with .venv/bin/argus in it

.venv/installed: requirements-dev.lock pyproject.toml packages/strangler/pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e ./packages/strangler -e .
	@touch $@

frontend: install ## build the browser's part into public/dist
	@sh frontend/build.sh

run: install frontend ## server, embedded database, first user, at the URL that it prints
	@$(BIN)/argus serve --host $(HOST) --port $(PORT) --first-admin

test: install ## the suite that must always pass
	$(BIN)/python -m pytest

gate: install ## what must pass before a change lands, in parts beside each other (as .ci/run)
	$(BIN)/python -m tests.gate

test-all: install ## everything, also what takes long; says at the end what ran, passed and was left out
	$(BIN)/python -m tests.gate --all

check: install ## what guards the code: lint, types, imports, the registry
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy packages/strangler/tests
	$(BIN)/lint-imports
	$(BIN)/argus routes check

format: install ## rewrite the code in the project's format, wrap the pages' prose
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m tests.docs.wrap

test-cassandra: install ## storage and API on a real Cassandra (needs Java 17 and Maven)
	$(BIN)/python -m pytest -m cassandra

test-clients: install frontend ## the published clients against a running server, on each lane
	$(BIN)/python -m pytest -m clients

test-frontend: install ## the browser's part: types, lint, vitest
	@sh frontend/check.sh

test-advisories: install ## whether a locked version has a known advisory, where the open list of them can be reached
	$(BIN)/python -m tests.advisories

test-schedules: install ## 2,000 random schedules of two writers, on both engines: a serial order explains every outcome
	SCHEDULES=2000 SCHEDULES_ENGINES=sqlite,cassandra $(BIN)/python -m pytest tests/schedules

test-cases: install ## what users of neighbouring systems reported in public, on both lanes and both engines
	$(BIN)/python -m pytest tests/cases

test-golden: install ## recorded exchanges of the reference system, on both lanes and both engines
	$(BIN)/python -m tests.golden

test-parity: install ## thousands of generated requests to both lanes; the record is what `argus routes cutover` asks for
	$(BIN)/python -m tests.parity

test-browser: install frontend ## the screens in a real browser
	$(BIN)/python -m pytest -m browser

test-loop: install ## the suite on a quiet machine: nothing may hold an event loop for more than 50 ms
	ARGUS_TEST_LOOP_LIMIT=0.05 $(BIN)/python -m pytest

test-newest: install ## the suite on the newest Python of this machine, in an environment below build/ (needs a network once)
	$(BIN)/python -m tests.newest tests packages/strangler/tests

test-mutants: install ## each guard taken away on purpose, in a copy; the suite must notice
	$(BIN)/python -m tests.mutants

test-noflask: install frontend ## an installation without Flask: recordings, published clients, pages
	$(BIN)/python -m tests.without_flask

test-kit: install ## other people's applications behind the kit, each in an environment of its own (needs a network)
	$(BIN)/python -m pytest -m real packages/strangler/tests/real

test-matrix: install ## the kit with the oldest and the newest versions that it supports (needs a network)
	cd packages/strangler/tests && $(CURDIR)/$(BIN)/python -m matrix

test-slow: install ## soak, restart and crash tests; of jobs for ten minutes an engine (JOB_MINUTES=10)
	$(BIN)/python -m pytest -m slow

test-attacks: install ## attacks on a running server, with `/healthz` measured beside them
	$(BIN)/python -m pytest -m attacks -s tests/attacks

test-unit: install ## the deduper's parts by themselves
	$(BIN)/python -m pytest -q tests/deduper/unit

test-integration: install ## jobs of the deduper on running servers
	$(BIN)/python -m pytest -q -m "not browser" tests/deduper/integration

test-contract: install ## the deduper's answers against their frozen form, on both shells
	$(BIN)/python -m pytest -q tests/deduper/contracts

test-fast: install ## the three of them, with what of the deduper they reach
	$(BIN)/python -m pytest -q -m "not browser" tests/deduper --cov=argus.features.deduper --cov-report=term-missing --cov-fail-under=90

bench-gateway: install ## what the gateway costs
	$(BIN)/python -m bench.gateway

bench-storage: install ## what storage costs
	$(BIN)/python -m bench.storage

bench-api: install ## the hottest routes under a full database
	$(BIN)/python -m bench.api

bench-cost: install ## what each request costs the server and the database
	$(BIN)/python -m bench.cost

bench-deduper: install ## how good the clustering of events is, how fast, in how much memory
	$(BIN)/python -m bench.deduper

screens: install frontend ## take the pictures of docs/screens anew, of demo data
	$(BIN)/python -m tests.browser.screens

bench-frontend: install frontend ## what pages cost a browser: time, bytes, requests, elements
	$(BIN)/python -m bench.frontend

bench-shadow: install ## what shadowing costs the others
	$(BIN)/python -m bench.shadow

bench-encoding: install ## what the encoding of an answer costs, beside the standard library's
	$(BIN)/python -m bench.encoding

docs: install ## the documentation as a site in build/docs
	$(BIN)/python docs/site/build.py
bench-platform: install ## documents and jobs: answers, an upload, the way to a worker, CSV
	$(BIN)/python -m bench.platform

lock: install ## resolve the dependencies again
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-package strangler-fig --custom-compile-command "make lock" --quiet -o requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --extra otel --extra flask --extra postgres --extra celery --extra redis --extra deduper --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-package strangler-fig --custom-compile-command "make lock" --quiet -c requirements-dev.lock -o requirements.lock

clean: ## remove what was built
	rm -rf .venv public/dist frontend/node_modules build *.egg-info
