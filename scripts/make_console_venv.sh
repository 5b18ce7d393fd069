#!/bin/sh
# Make the environment of the console: make_console_venv.sh PYTHON FOLDER [test]
# With `test`, also what its tests use, with Debian's Chromium and its driver.
set -eu
python=$1
venv=$2
lock=console/requirements.lock
[ "${3:-}" = test ] && lock=console/requirements-test.lock

[ -x "$venv/bin/pip" ] || "$python" -m venv "$venv"
install="$venv/bin/python -m pip install --quiet --disable-pip-version-check"
$install --require-hashes -r "$lock"
$install --no-deps -e .

[ "${3:-}" = test ] || exit 0
command -v chromedriver >/dev/null 2>&1 && command -v chromium >/dev/null 2>&1 && exit 0
get="apt-get install -y --no-install-recommends chromium chromium-driver fonts-dejavu-core"
$get >/dev/null || { apt-get update >/dev/null && $get >/dev/null; }
