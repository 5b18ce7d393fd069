#!/bin/sh
# Make the environment of a benchmark: make_bench_venv.sh PYTHON FOLDER [REQUIREMENTS]
set -eu
python=$1
venv=$2
wanted=${3:-benchmarks/requirements.txt}

[ -x "$venv/bin/pip" ] || "$python" -m venv "$venv"
install="$venv/bin/python -m pip install --quiet"
# txtai needs torch. A processor's build, where the index offers one, spares gigabytes of CUDA.
grep -q txtai "$wanted" && {
    $install --only-binary :all: 'torch==2.13.0' || echo "no torch 2.13.0; the newest then" >&2
}
$install --upgrade -r "$wanted" -e . || {
    echo "not all at once; each peer for itself" >&2
    $install -e .
    grep -v '^#' "$wanted" | while read -r peer; do
        $install --upgrade "$peer" || echo "without $peer" >&2
    done
}
