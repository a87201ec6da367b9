#!/bin/sh
# Lays the private Python folder: our own packages and, unless the distribution's are to be used, those of the wheels, less
# what unused.txt names. Needs no network.
# Usage: private.sh PYTHON WHEELS FOLDER private|distribution
set -eu

python=$1
wheels=$2
folder=$3
dependencies=$4
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

rm -rf "$folder"
mkdir -p "$folder"
if [ "$dependencies" = private ]; then
    # Neither an index, nor a user's or administrator's settings: what is installed is what lies in the folder of wheels.
    "$python" -m venv --without-pip "$work"
    PYTHONPATH=$(echo "$wheels"/tools/pip-*.whl) "$work/bin/python" -m pip --quiet --isolated --disable-pip-version-check install \
        --no-index --no-deps --no-compile --no-warn-script-location --target "$folder" "$wheels"/*.whl
    # A pattern that no longer matches is a mistake, so that the list stays true.
    grep -v -e '^#' -e '^$' "$here/unused.txt" | while read -r pattern; do
        # shellcheck disable=SC2086 # the pattern is one
        set -- "$folder"/$pattern
        [ -e "$1" ] || { echo "packaging/unused.txt: nothing matches $pattern" >&2; exit 1; }
        rm -rf "$@"
    done
    # What an installer notes for itself, and what only building and testing need.
    rm -rf "${folder:?}/bin" "$folder/share" "$folder"/*.dist-info/RECORD "$folder"/*.dist-info/direct_url.json \
        "$folder"/*.dist-info/INSTALLER "$folder"/*.dist-info/REQUESTED
    find "$folder" -type d \( -name tests -o -name test -o -name __pycache__ \) -prune -exec rm -rf {} +
    find "$folder" -type f \( -name '*.pyi' -o -name '*.h' -o -name '*.c' -o -name '*.pxd' -o -name '*.pyx' \) -delete
    find "$folder" -type d -empty -delete
    # Modules that some of their makers also run: nobody does here, and the interpreter they name may not be there.
    grep -rlZ --include='*.py' -m1 '^#!' "$folder" | xargs -0 -r sed -i '1{/^#!/d}'
fi
"$python" -I "$here/ours.py" "$here/.." "$folder"
chmod -R u=rwX,go=rX "$folder"
find "$folder" -type f -exec chmod a-x {} +
