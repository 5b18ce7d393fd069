#!/bin/sh
# Make a virtual environment from the lock: make_venv.sh PYTHON FOLDER
set -eu
python=$1
venv=$2
lock=requirements.lock

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "ragtenancy needs Python 3.11 or later; name one: make PYTHON=python3.12" >&2
    exit 1
}

# Show the package in hand: in a terminal on one line, elsewhere every twentieth.
show_progress() {
    if [ -t 1 ]; then width=60; else width=0; fi
    awk -v width="$width" '
        /^Collecting / {
            count++
            line = sprintf("  %d: %s", count, $2)
            if (width) printf "\r%-" width "." width "s", line
            else if (count % 20 == 1) print line
            fflush()
        }
        /^Installing collected/ {
            if (width) printf "\r%-" width "s\n", "  installing them"
            else print "  installing them"
            fflush()
        }
        /^ERROR|^error/ { print > "/dev/stderr" }'
}

# A pipe ends with the status of its last command: pip says its own in a file.
install_with_pip() {
    failed=$(mktemp)
    { "$venv/bin/python" -m pip install --no-input --disable-pip-version-check \
        --require-hashes -r "$lock" 2>&1 || echo failed >"$failed"; } | show_progress
    if [ -s "$failed" ]; then rm "$failed"; exit 1; fi
    rm "$failed"
}

echo "Installing ragtenancy and the packages of $lock into $venv; once, in a few minutes:"
if command -v uv >/dev/null 2>&1; then
    [ -x "$venv/bin/python" ] || uv venv --quiet --python "$python" "$venv"
    uv pip install --python "$venv/bin/python" --require-hashes -r "$lock"
    uv pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation -e .
else
    [ -x "$venv/bin/pip" ] || "$python" -m venv "$venv"
    install_with_pip
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --no-deps --no-build-isolation -e .
fi
echo "Installed."
