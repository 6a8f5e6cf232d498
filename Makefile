# The only door. `make` lists what it can do.

SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help setup dev build test e2e check bench logto clean

BIN := end2end/node_modules/.bin
# wasm-opt comes from npm; cargo's tools may not be on PATH yet.
export PATH := $(CURDIR)/$(BIN):$(HOME)/.cargo/bin:$(PATH)
FEATURES := --workspace --features app/ssr,auth-leptos/ssr

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what the project needs; quick when it is there
	@bash end2end/setup.sh

dev: setup ## local Logto and the app on http://localhost:3000, rebuilt on every change
	@node end2end/dev.mjs

build: setup ## the release server and site
	cargo leptos build --release --precompress

test: setup ## every test: Rust, local Logto, browser
	@bash end2end/test.sh

e2e: build ## the browser tests only
	cd end2end && npx playwright test

check: setup ## format, lints and documentation, warnings denied
	cargo fmt --all --check
	cargo clippy $(FEATURES) --all-targets --locked -- -D warnings
	cargo clippy -p app --lib --features hydrate --target wasm32-unknown-unknown --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc $(FEATURES) --no-deps --locked

bench: build ## requests/s, memory and bytes beside a bare axum handler; stores with a million sessions
	@# The name that cargo-leptos builds with: what it built serves here too.
	LEPTOS_OUTPUT_NAME=app cargo bench -p server --bench http --locked
	end2end/postgres.sh --optional --durable cargo bench -p auth-sqlx --bench sessions --locked

logto: setup ## only the local Logto, on http://localhost:3001
	@cd end2end && npm run -s logto

clean: ## remove what was built, installed here, or written by the app
	cargo clean
	rm -rf end2end/node_modules end2end/test-results end2end/playwright-report data
