#!/bin/sh
# Make the environment of `make openapi-lint` and `make openapi-clients`: make_openapi.sh PYTHON FOLDER
set -eu
python=$1
folder=$2

mkdir -p "$folder"
[ -x "$folder/venv/bin/pip" ] || "$python" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --requirement tests/openapi/requirements.txt
cp tests/openapi/package.json "$folder/"
(cd "$folder" && npm install --no-audit --no-fund --ignore-scripts --loglevel=error)
