# Everything is two commands: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
STAMP   = $(VENV)/.installed
PIP     = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help env run test lab notebooks slides web bench handout address lint clean

help:  ## list these targets
	@awk -F ':[^#]*## ' '/^[a-z]+:.*##/ {printf "%-12s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(STAMP)  ## build the environment in .venv (TORCH_INDEX=address: an index with a CPU build of torch)

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if (3, 11) <= v[:2] <= (3, 13) else "Python 3.11, 3.12 or 3.13 is needed, and $(PYTHON) is %d.%d: call make PYTHON=python3.12, say." % v[:2])'
	@echo "Building $(VENV), once: $(if $(TORCH_INDEX),torch comes from TORCH_INDEX.,on Linux a download of about 3.3 GB (most of it torch).)"
	@$(PYTHON) -m venv $(VENV) || { echo "python -m venv failed: on Debian and Ubuntu, sudo apt-get install python3-venv"; exit 1; }
	$(if $(TORCH_INDEX),$(PIP) --no-deps --index-url "$(TORCH_INDEX)" $$(grep -E '^torch(vision)?==' requirements.txt))
	$(PIP) -r requirements.txt
	$(PIP) --no-deps --editable .
	@echo "Compiling the renderer, once."
	@$(BIN)/python -c "from posekit.synthetic import People as P; P(0, 1, 64, difficulty='easy')[0], P(0, 1)[0], P(0, 1, people=8)[0]"
	@touch $@

run: $(STAMP)  ## run every notebook (quick), write build/html, end with a table
	$(BIN)/python notebooks/run.py

# As many workers as cores, each with one thread: more would wait for one another. The tests of a
# file stay together, since they share what is slow to make, and a notebook's cells share a kernel.
test: $(STAMP)  ## pass every test, on up to four cores at once
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile

lab: $(STAMP)  ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab --notebook-dir notebooks

notebooks: $(STAMP)  ## rebuild the committed notebooks from notebooks/src
	$(BIN)/python notebooks/build.py
	$(BIN)/python notebooks/readme.py

slides: $(STAMP)  ## build the decks into build/slides
	$(BIN)/python slides/build.py

web: $(STAMP)  ## build the page that finds people in any browser: build/live/index.html
	$(BIN)/python slides/live/build.py $(NETWORK)

bench: $(STAMP)  ## posekit and its peers side by side: a table and build/benchmarks.json
	$(BIN)/python tests/benchmarks/run.py

handout: $(STAMP)  ## the students' copy, without solutions: build/handout (for Colab: REPOSITORY=https://...)
	$(BIN)/python notebooks/handout.py $(REPOSITORY)

address: $(STAMP)  ## write the address of your copy everywhere: make address REPOSITORY=https://...
	$(BIN)/python notebooks/address.py $(REPOSITORY)

lint: $(STAMP)  ## ruff over the whole tree: rules and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:  ## remove what was built; the environment stays
	rm -rf build .pytest_cache .ruff_cache
	find posekit -name __pycache__ -exec rm -rf {} +
