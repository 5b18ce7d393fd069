#!/usr/bin/env bash
# Installs what the emulator tests talk to: npm's emulators into .emulators, Debian's Redis and Prometheus.
set -eu
cd "$(dirname "$0")/.."

mkdir -p .emulators
cp tests/emulators/package.json tests/emulators/package-lock.json .emulators/
(cd .emulators && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)

# install COMMAND PACKAGE
install() {
    command -v "$1" >/dev/null 2>&1 && return
    apt-get install -y --no-install-recommends "$2" >/dev/null ||
        { apt-get update >/dev/null && apt-get install -y --no-install-recommends "$2" >/dev/null; }
}
install redis-server redis-server
install prometheus prometheus
touch .emulators/.installed
