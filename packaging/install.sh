#!/bin/sh
# Installs from the tree. Everything is laid into a folder of its own first, so that a step that fails leaves the system as it
# was; then it is copied, and what was copied is written down for uninstall.sh. `make install` sets the variables:
#   DESTDIR PREFIX PYTHON DEPENDENCIES WHEELS DOOR BUILD MODULES ZSH ACCOUNTS BYTECODE
set -eu

here=$(dirname "$(readlink -f "$0")")
tree=$here/..
stage=$BUILD/stage
private=$PREFIX/lib/facelatch/python
record=$PREFIX/lib/facelatch/installed # as paths below DESTDIR; folders that were made for it end in a slash

lay() { # FOLDER FILE…: files of data
    folder=$1
    shift
    install -d "$stage$folder"
    install -m 644 "$@" "$stage$folder"
}

launcher() { # PLACE MODULE: a program that finds our packages, and nobody else's
    install -d "$stage$(dirname "$1")"
    sed -e "s|@PYTHON@|$PYTHON|" -e "s|@OPTIONS@|$options|" -e "s|@PRIVATE@|$private|" -e "s|@MODULE@|$2|" "$here/launcher.in" >"$stage$1"
    chmod 755 "$stage$1"
}

lay_python() {
    install -d "$stage$(dirname "$private")"
    "$here/private.sh" "$PYTHON" "$WHEELS" "$stage$private" "$DEPENDENCIES"
    # -S as well: the administrator's own packages would come before the distribution's, and site runs what their .pth say.
    options=-IS
    [ "$DEPENDENCIES" = private ] || options=-I
    install -m 755 "$here/unwire.sh" "$stage$PREFIX/lib/facelatch/unwire"
    launcher "$PREFIX/bin/facelatch" facelatch.cli
    launcher "$PREFIX/bin/facelatch-models" facelatch_models.cli
    launcher "$PREFIX/bin/facelatch-settings" facelatch_gui.app
    launcher "$PREFIX/sbin/facelatch-key" facelatchd.keytool
    launcher "$PREFIX/libexec/facelatch/facelatchd" facelatchd.main
    launcher "$PREFIX/libexec/facelatch/facelatch-eye" facelatch_eye.main
    launcher "$PREFIX/libexec/facelatch/facelatch-key" facelatchd.keytool
}

lay_system() { # what others look for in fixed places
    units=/usr/lib/systemd/system
    lay $units "$tree"/systemd/facelatch*.service "$tree"/systemd/facelatch*.socket
    sed -i "s|/usr/libexec/facelatch/|$PREFIX/libexec/facelatch/|" "$stage$units"/facelatch*.service
    install -d "$stage/usr/lib/sysusers.d"
    install -m 644 "$tree/systemd/sysusers.conf" "$stage/usr/lib/sysusers.d/facelatch.conf"
    lay /usr/share/dbus-1/system.d "$tree/systemd/org.facelatch.conf"
    lay /usr/share/dbus-1/system-services "$tree/systemd/org.facelatch.service"
    lay /usr/share/dbus-1/interfaces "$tree"/client/facelatch/interfaces/*.xml
    lay /usr/share/polkit-1/actions "$tree/systemd/org.facelatch.policy"
    lay /usr/share/facelatch/packs/starter "$tree"/models/packs/starter/*
}

lay_door() {
    lay "$MODULES" "$DOOR"
    lay /usr/share/pam-configs "$tree/systemd/pam-config" "$tree/systemd/pam-config-passed"
    mv "$stage/usr/share/pam-configs/pam-config" "$stage/usr/share/pam-configs/facelatch"
    mv "$stage/usr/share/pam-configs/pam-config-passed" "$stage/usr/share/pam-configs/facelatch-passed"
    lay /usr/lib/pam.d "$tree"/systemd/pam.d/*
    # PAM refuses a service that takes in what is not there.
    [ "$ACCOUNTS" = common-account ] || sed -i "s|^@include common-account\$|account  include  $ACCOUNTS|" "$stage"/usr/lib/pam.d/*
}

lay_desktop() {
    lay "$PREFIX/share/applications" "$tree/gui/data/org.facelatch.Settings.desktop"
    lay "$PREFIX/share/metainfo" "$tree/gui/data/org.facelatch.Settings.metainfo.xml"
    for kind in scalable symbolic; do
        lay "$PREFIX/share/icons/hicolor/$kind/apps" "$tree"/gui/data/icons/hicolor/$kind/apps/*.svg
    done
}

lay_documents() {
    lay "$PREFIX/share/doc/facelatch" "$tree"/README.md "$tree"/CHANGELOG.md "$tree"/LICENSE "$tree"/docs/*.md
    for page in "$BUILD"/man/*.[0-9]; do
        lay "$PREFIX/share/man/man${page##*.}" "$page"
    done
    for file in facelatch.bash:bash-completion/completions/facelatch _facelatch:zsh/$ZSH/_facelatch facelatch.fish:fish/vendor_completions.d/facelatch.fish; do
        install -D -m 644 "$BUILD/completions/${file%%:*}" "$stage$PREFIX/share/${file#*:}"
    done
}

rm -rf "$stage"
mkdir -p "$stage"
umask 022
lay_python
lay_system
lay_door
lay_desktop
lay_documents
[ "$BYTECODE" = no ] || "$PYTHON" -I -m compileall -q -s "$stage" -p / --invalidation-mode unchecked-hash "$stage$private"

# What an earlier installation had and this one has not goes; the folders that were made for it stay known.
earlier=$DESTDIR$record
[ ! -e "$earlier" ] || cp "$earlier" "$BUILD/installed.before"
[ -e "$earlier" ] || : >"$BUILD/installed.before"
{
    (cd "$stage" && find . ! -type d -printf '/%P\n')
    echo "$record"
    (cd "$stage" && find . -mindepth 1 -type d -printf '%P\n') | while read -r folder; do
        [ -d "$DESTDIR/$folder" ] && ! grep -qxF "/$folder/" "$BUILD/installed.before" || echo "/$folder/"
    done
} | LC_ALL=C sort >"$BUILD/installed"
install -m 644 "$BUILD/installed" "$stage$record"
LC_ALL=C comm -23 "$BUILD/installed.before" "$BUILD/installed" | grep -v '/$' | while read -r file; do rm -f "$DESTDIR$file"; done
# A program that runs has its file: whoever copies puts a new one in its place instead of writing into it.
mkdir -p "$DESTDIR/"
cp -a --remove-destination --no-preserve=ownership "$stage/." "$DESTDIR/"
rm -rf "$stage"

if [ -z "$DESTDIR" ] && [ -d /run/systemd/system ]; then
    "$here/activate.sh"
fi
