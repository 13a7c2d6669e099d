# Everything sets itself up from python3 and make alone, in .venv.
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo run-env demo-env dev-env test test-all faults bench bench-table bench-scale bench-page bench-paper screenshots check format lock clean

help:
	@echo "make demo      a page on which you play the whole district; without a terminal one campaign day is played,"
	@echo "               and the chats are in out/transcript.md"
	@echo "make test      all tests on SQLite, and on PostgreSQL those of what can differ there; of repetitions a part"
	@echo "make test-all  all tests on SQLite and on PostgreSQL, with all repetitions"
	@echo "make faults    what goes wrong in life, from outside the program, on both engines; prints the table of"
	@echo "               docs/reliability.md (about 20 minutes; SEED=… makes the choices of a run again)"
	@echo "make bench     lists, searches and figures with 10,000 open cases; one tick among 1,000,000 tasks,"
	@echo "               beside a job per task; 1,000 nags through Telegram's limits (about 20 minutes)"
	@echo "make bench-table  the hot paths beside the bare echo of python-telegram-bot, and what they are to cost (less"
	@echo "               than half an hour; ONLY=… measures one row, BESIDE=… another checkout, too)"
	@echo "make bench-scale  twenty programs side by side for ten minutes"
	@echo "make bench-page   the demo's page in a real browser (about two minutes)"
	@echo "make bench-paper  sums, tallies and the work report of a year with 1,000,000 reports, on both engines, and how"
	@echo "               soon thirty groups have their pictures (about ten minutes the first time)"
	@echo "make screenshots  the pictures of the page in docs/img"
	@echo "make check     ruff, mypy --strict, import-linter, the languages' texts"
	@echo "make format    let ruff mend what it can"
	@echo "make lock      renew the hash-locked dependencies (needs uv)"

$(BIN)/python:
	python3 -m venv $(VENV)

# The lock files carry hashes, so nothing but the locked files can be installed.
$(VENV)/.run-env: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes -r requirements.lock
	PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.demo-env: requirements-demo.lock $(VENV)/.run-env
	$(PIP) install --require-hashes -r requirements-demo.lock
	@touch $@

$(VENV)/.dev-env: requirements-dev.lock $(VENV)/.demo-env
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

run-env: $(VENV)/.run-env

demo-env: $(VENV)/.demo-env

dev-env: $(VENV)/.dev-env

demo: demo-env
	$(BIN)/chuangcheng demo

# What the tests write is kept in memory, where there is such a place: thousands of small databases. What is
# compiled is kept, whatever the environment says: each process would compile all tests in each run.
RUN_TESTS = kept=$$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d); trap 'rm -rf "$$kept"' EXIT; \
	unset PYTHONDONTWRITEBYTECODE; $(BIN)/python -m pytest -n 4 --dist worksteal --basetemp="$$kept/tests"

test: dev-env
	@$(RUN_TESTS)

test-all: dev-env
	@$(RUN_TESTS) --engines=all

faults: dev-env
	@$(BIN)/python -m tests.faults $(if $(SEED),--seed $(SEED))

bench: dev-env
	$(BIN)/python bench/cases.py
	$(BIN)/python bench/nags.py
	$(BIN)/python bench/drain.py

bench-table: dev-env
	@$(BIN)/python bench/table.py $(if $(ONLY),--only $(ONLY)) $(if $(BESIDE),--beside $(BESIDE))

bench-scale: dev-env
	@$(BIN)/python bench/scale.py

bench-page: dev-env
	$(BIN)/python bench/page.py

bench-paper: dev-env
	$(BIN)/python bench/paper.py
	$(BIN)/python bench/pictures.py

screenshots: dev-env
	$(BIN)/python -m tests.demo.page.screenshots docs/img

check: dev-env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m locales.check

format: dev-env
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --quiet

lock:
	$(LOCK) --group build --output-file requirements.lock
	$(LOCK) --extra demo --constraints requirements.lock --output-file requirements-demo.lock
	$(LOCK) --group build --group dev --constraints requirements-demo.lock --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) out .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
