#!/bin/sh
# Make the environment of `make mutants`: make_mutants_venv.sh PYTHON FOLDER PROJECT_ENVIRONMENT
set -eu
python=$1
venv=$2
project=$3

[ -x "$venv/bin/pip" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet 'mutmut==3.8.1'
# The project's own packages, without installing them twice.
"$project/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
    > "$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/project.pth"
