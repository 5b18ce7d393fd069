#!/usr/bin/env bash
# Installs what `make contract TIER=emulator` talks to: npm's emulators into .emulators, Debian's Redis.
set -eu
cd "$(dirname "$0")/.."

mkdir -p .emulators
cp tests/emulators/package.json tests/emulators/package-lock.json .emulators/
(cd .emulators && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)

if ! command -v redis-server >/dev/null 2>&1; then
    apt-get install -y --no-install-recommends redis-server >/dev/null ||
        { apt-get update >/dev/null && apt-get install -y --no-install-recommends redis-server >/dev/null; }
fi
touch .emulators/.installed
