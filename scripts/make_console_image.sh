#!/usr/bin/env bash
# Builds the console's image as make_image.sh builds the service's, and opens it from another network.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/container_tools.sh

have_base
need ip iproute2

build "$image-console" console/Containerfile
walk "$image-console" scripts/console_image_walk.py
