#!/bin/sh
# Make the environment of `make doors`: make_doors.sh PYTHON FOLDER
set -eu
python=$1
folder=$2

mkdir -p "$folder"
[ -x "$folder/venv/bin/pip" ] || "$python" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --upgrade -r tests/doors/requirements.txt
cp tests/doors/package.json tests/doors/node_clients.mjs "$folder/"
(cd "$folder" && npm install --no-audit --no-fund --ignore-scripts --loglevel=error)
