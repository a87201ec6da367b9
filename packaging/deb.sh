#!/bin/sh
# Builds the Debian packages from a copy of what git knows of the tree, or of all of it where there is no git.
# Usage: deb.sh WHEELS FOLDER
set -eu

wheels=$1
folder=$2
tree=$(dirname "$(readlink -f "$0")")/..
source=$folder/source

rm -rf "$folder"
mkdir -p "$source"
cd "$tree"
if git rev-parse --git-dir >/dev/null 2>&1; then
    # What is not committed yet is built, too; a file that is deleted but not yet committed is not there to be copied.
    git ls-files -z --cached --others --exclude-standard --deduplicate |
        tar -c --null --files-from=- --ignore-failed-read 2>/dev/null | tar -x -C "$source"
else
    tar -c --exclude=./build --exclude=./.venv . | tar -x -C "$source"
fi
cp -r packaging/debian "$source/debian"
cd "$source"
FACELATCH_WHEELS=$wheels dpkg-buildpackage --build=binary --no-sign
rm -rf "$source"
