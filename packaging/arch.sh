#!/bin/sh
# Builds the Arch package of PKGBUILD. makepkg refuses root, so root hands it to nobody; elsewhere than on Arch what it is
# built with cannot be asked of pacman: --nodeps.
# Usage: arch.sh PYTHON WHEELS FOLDER
set -eu

python=$1
wheels=$2
folder=$3
making=$folder/making
tree=$(readlink -f "$(dirname "$0")/..")
command -v makepkg >/dev/null || { echo "makepkg is missing: install pacman (Debian: makepkg)" >&2; exit 1; }
rm -rf "$folder"
mkdir -p "$making"
cp "$tree/packaging/PKGBUILD" "$tree/packaging/facelatch.install" "$making"
[ -e /etc/arch-release ] || foreign=--nodeps
cd "$making"
set -- env "PKGDEST=$folder" PKGEXT=.pkg.tar.zst "FACELATCH_TREE=$tree" "FACELATCH_WHEELS=$wheels" "FACELATCH_PYTHON=$python" \
    makepkg --noconfirm ${foreign:+"$foreign"}
if [ "$(id -u)" = 0 ]; then
    chown -R nobody "$folder"
    setpriv --reuid=nobody --clear-groups env HOME="$making" "$@"
    chown -R root "$folder"
else
    "$@"
fi
rm -rf "$making"
ls "$folder"
