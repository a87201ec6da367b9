#!/bin/sh
# Renews the lock files: the newest versions that pyproject.toml and build.in allow, each with the hashes of all its files.
# Usage: lock.sh PYTHON BUILD
set -eu

python=$1
build=$2
here=$(dirname "$(readlink -f "$0")")
uv=$build/lock/bin/uv
[ -x "$uv" ] || { "$python" -m venv "$build/lock" && "$build/lock/bin/pip" install --quiet uv; }

# PyGObject is built without Cairo (wheels.sh), and no supported system is Windows.
compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade \
        --custom-compile-command "make lock" --no-emit-package pycairo --no-emit-package colorama "$@"
}
cd "$here/.."
compile pyproject.toml --extra convert --extra gui --output-file packaging/requirements.lock
compile packaging/build.in --output-file packaging/build.lock
