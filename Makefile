# Everything this repository can do. `make` lists the targets.

SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help setup dev starter build pgo test e2e template conformance check bench bench-peers fuzz soak size docs logto clean

BIN := end2end/node_modules/.bin
# `make setup` installs into .tools and node_modules; cargo itself may not be on PATH yet.
export PATH := $(CURDIR)/.tools/bin:$(CURDIR)/$(BIN):$(HOME)/.cargo/bin:$(PATH)
FEATURES := --workspace --features app/ssr,auth-leptos/ssr
# mdBook is only for `make docs`; no other target needs it. Compiling it took 2
# to 2.5 minutes on two cores.
MDBOOK_VERSION := 0.5.4
MDBOOK := .tools/mdbook-$(MDBOOK_VERSION)/bin/mdbook
# Everything but the example.
LIBRARIES := --workspace --exclude app --exclude server

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install the tools the project needs; takes a second when they are installed
	@bash end2end/setup/setup.sh

dev: setup ## run the app on http://localhost:3000 with a local Logto; rebuild on every change
	@node end2end/dev.mjs

starter: setup ## build examples/starter and run it on http://localhost:3050 with a local Logto
	@node end2end/starter.mjs

build: setup ## build the server and the site for release
	cargo leptos build --release --precompress

test: setup ## run every test: Rust, local Logto, set-up, browser
	@bash end2end/test.sh

e2e: build ## run only the browser tests
	cd examples/starter && CARGO_TARGET_DIR=../../target cargo leptos build
	node end2end/servers/hydrated.mjs
	cd end2end && npx playwright test

template: ## make apps from examples/starter with cargo-generate, test each, and sign in at one; installs cargo-generate
	@bash end2end/setup/setup.sh template
	npm --prefix end2end run -s test:template

conformance: setup ## print what the app makes of a provider that is wrong, slow or hostile: the modules of the OpenID conformance suite, and attacks
	cargo test -p auth-axum --test conformance --locked -- --nocapture

check: ## check formatting, lints, documentation, links, dependencies, licenses and packages; warnings are errors
	@bash end2end/setup/setup.sh check
	cargo fmt --all --check
	cargo clippy $(FEATURES) --all-targets --locked -- -D warnings
	cargo clippy -p app --lib --features hydrate --target wasm32-unknown-unknown --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc $(FEATURES) --no-deps --locked
	cd examples/starter && cargo fmt --check
	rustfmt --check --edition 2024 end2end/hydrated/*.rs end2end/size/*.rs
	node .ci/check-source-shape.mjs
	node .ci/check-dependencies.mjs
	node .ci/check-features.mjs
	cargo deny --locked check licenses bans sources
	cd examples/starter && cargo deny --locked --config ../../deny.toml check licenses bans sources
	node .ci/check-links.mjs
	@# Builds the packages as a registry would hold them. Publishes nothing. Cargo takes
	@# packages of one version for the same, so those of a former run are removed.
	cargo clean --quiet $(patsubst %,-p %,$(notdir $(filter-out %/app %/server,$(wildcard crates/*))))
	rm -rf target/package "$${CARGO_HOME:-$$HOME/.cargo}"/registry/src/-*/auth-*
	cargo package $(LIBRARIES) --features auth-leptos/ssr --allow-dirty --locked

pgo: build ## build the server again, optimized for what it runs while it is visited (profile-guided optimization): target/pgo/server
	end2end/pgo/build.sh

# `cargo bench` puts a server with the features of its own dependencies in the place of the
# release, which is kept here. The server looks beside itself for hash.txt.
BENCH_SERVER := target/bench/server
# What `make pgo` built beside its server, of the same source.
PLAIN := target/pgo/plain
.PHONY: bench-server
bench-server: build
	mkdir -p $(dir $(BENCH_SERVER))
	cp -p target/release/server target/release/hash.txt $(dir $(BENCH_SERVER))

bench: bench-server ## measure requests/s, memory and bytes against a bare axum handler, stores with a million sessions, what a thousand sessions ask Logto, and that no page hangs
	@# cargo-leptos builds with this name. With the same name, cargo reuses its artifacts.
	cd examples/starter && CARGO_TARGET_DIR=../../target cargo leptos build --release
	cargo test --release -p auth-leptos --features ssr --test readme --locked --no-run
	@cmp -s $(PLAIN) $(BENCH_SERVER) || echo "bench: 'make pgo' has not been run for this source: its server is not measured"
	env BENCH_README="$$(ls -t target/release/deps/readme-* | grep -v '\.d$$' | head -1)" \
		$$(cmp -s $(PLAIN) $(BENCH_SERVER) && echo BENCH_PGO=target/pgo/server) \
		BENCH_SERVER=$(BENCH_SERVER) LEPTOS_OUTPUT_NAME=app cargo bench -p server --bench http --locked
	end2end/postgres.sh --optional --durable cargo bench -p auth-sqlx --bench sessions --locked
	end2end/postgres.sh --optional cargo test -p server --test claims --locked -- --ignored --nocapture --test-threads 1
	cargo test --release -p app --features ssr --test it --locked -- --ignored --nocapture

PEERS := end2end/peers
bench-peers: bench-server ## compare with Next.js and Auth.js, and with axum and shield: the same page, the same Logto; installs and builds them
	cd $(PEERS)/next && npm ci --no-audit --no-fund && NEXT_TELEMETRY_DISABLED=1 npm run -s build
	cargo build --release --locked --manifest-path $(PEERS)/shield/Cargo.toml --target-dir $(PEERS)/shield/target
	BENCH_SERVER=$(BENCH_SERVER) LEPTOS_OUTPUT_NAME=app cargo bench -p server --bench http --locked -- peers

FUZZ_SECONDS := 60
fuzz: ## fuzz every parser of external input, a minute for each target (FUZZ_SECONDS)
	fuzz/run.sh $(FUZZ_SECONDS)

SOAK_SECONDS := 600
soak: setup ## users on two servers while servers are killed and provider and database are taken away, ten minutes on each database (SOAK_SECONDS)
	@# A short form of it is in every run of the tests.
	SOAK_SECONDS=$(SOAK_SECONDS) end2end/postgres.sh --optional cargo test -p server --test soak --locked -- --ignored --nocapture --test-threads 1

size: setup ## measure what sign-in adds to the WASM and JavaScript of examples/starter
	node end2end/size.mjs

docs: $(MDBOOK) ## build the book of docs/ to target/book/index.html; installs mdBook the first time
	@node .ci/check-links.mjs
	@# mdBook ends with 0 after a warning.
	@log=$$($(MDBOOK) build docs 2>&1); status=$$?; printf '%s\n' "$$log"; \
		[ $$status -eq 0 ] && ! grep -q WARN <<<"$$log"

$(MDBOOK):
	@echo "docs: installing mdBook $(MDBOOK_VERSION) (takes about 2 minutes on two cores, once)"
	CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
		cargo install mdbook --version $(MDBOOK_VERSION) --locked --no-default-features --features search \
		--root .tools/mdbook-$(MDBOOK_VERSION)

logto: setup ## run only the local Logto, on http://localhost:3001
	@cd end2end && npm run -s logto

clean: ## remove build artifacts, npm packages, test results and the app's database; keep the tools in .tools
	cargo clean
	rm -rf examples/starter/target examples/starter/data
	rm -rf $(PEERS)/shield/target $(PEERS)/next/node_modules $(PEERS)/next/.next
	rm -rf end2end/node_modules end2end/test-results end2end/playwright-report data
