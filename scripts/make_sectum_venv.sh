#!/bin/sh
# Make the environment of `make sectum`: make_sectum_venv.sh PYTHON FOLDER
# sectum-ai needs Python 3.12 or later: PYTHON if it is one, or else one that pyenv has.
set -eu
python=$1
venv=$2

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; }

if [ ! -x "$venv/bin/pip" ]; then
    for each in "$python" python3.12 python3.13 "$(pyenv root 2>/dev/null)"/versions/3.1[2-9]*/bin/python; do
        new_enough "$each" && { found=$each; break; }
    done
    [ -n "${found:-}" ] || { echo "sectum-ai needs Python 3.12 or later: PYTHON=" >&2; exit 1; }
    "$found" -m venv "$venv"
fi
"$venv/bin/python" -m pip install --quiet --requirement tests/sectum/requirements.txt
