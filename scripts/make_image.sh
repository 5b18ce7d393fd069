#!/usr/bin/env bash
# Builds the image with Debian's tools alone and walks through it from another network namespace.
# A base is made by debootstrap unless BASE names one. Needs root; Debian's packages are installed.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/container_tools.sh

have_base
need ip iproute2

build "$image" Containerfile

walk "$image" scripts/image_walk.py
