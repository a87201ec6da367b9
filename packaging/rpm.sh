#!/bin/sh
# Builds the RPM packages of facelatch.spec. On a system that is not RPM's own, what they are built with cannot be asked of
# its database: --nodeps.
# Usage: rpm.sh WHEELS FOLDER
set -eu

wheels=$1
folder=$2
tree=$(readlink -f "$(dirname "$0")/..")
command -v rpmbuild >/dev/null || { echo "rpmbuild is missing: install rpm-build (Debian: rpm)" >&2; exit 1; }
[ -e /etc/fedora-release ] || [ -e /etc/redhat-release ] || [ -e /etc/SuSE-release ] || foreign=--nodeps
rm -rf "$folder"
mkdir -p "$folder"
rpmbuild -bb ${foreign:+"$foreign"} --quiet --define "_topdir $folder/work" --define "_rpmdir $folder" --define "tree $tree" \
    --define "wheels $wheels" --define "_binary_payload w3.zstdio" "$tree/packaging/facelatch.spec"
rm -rf "$folder/work"
find "$folder" -name '*.rpm'
