#!/bin/sh
# Fetches or builds the wheels of all that an installation holds beside our own code, and of what ours is built with. It is
# the one step with a network, and takes no file whose hash is not in the lock files.
# Usage: wheels.sh PYTHON FOLDER
set -eu

python=$1
folder=$2
here=$(dirname "$(readlink -f "$0")")
fetching=$(mktemp -d)
trap 'rm -rf "$fetching"' EXIT

"$python" -m venv "$fetching/tools"
pip="$fetching/tools/bin/python -I -m pip --quiet --disable-pip-version-check"
rm -rf "$folder"
mkdir -p "$folder/tools"
$pip download --no-deps --require-hashes --only-binary :all: --requirement "$here/build.lock" --dest "$folder/tools"
$pip install --no-index --no-deps "$folder"/tools/*.whl
# PyGObject alone has no wheels. Without Cairo, with which nothing here draws, it needs a library less. (--no-cache-dir: a
# wheel of it that was built otherwise may lie there.)
sed '/^pygobject==/s/\\$/--config-settings="setup-args=-Dpycairo=disabled" \\/' "$here/requirements.lock" >"$fetching/requirements"
PATH="$fetching/tools/bin:$PATH" $pip wheel --no-deps --require-hashes --only-binary :all: --no-binary PyGObject \
    --no-build-isolation --no-cache-dir --requirement "$fetching/requirements" --wheel-dir "$folder"
touch "$folder/complete"
