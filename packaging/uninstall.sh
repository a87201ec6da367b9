#!/bin/sh
# Takes out what `make install` wrote down that it put there. Faces, key, counter and settings stay, unless PURGE is set.
# `make uninstall` sets DESTDIR and PREFIX.
set -eu

record=$DESTDIR$PREFIX/lib/facelatch/installed
running=no
[ -n "$DESTDIR" ] || [ ! -d /run/systemd/system ] || running=yes

if [ ! -e "$record" ]; then
    echo "there is no installation below $DESTDIR$PREFIX: $record is missing" >&2
    [ -n "${PURGE:-}" ] || exit 1
else
    # First the lines in PAM's files, while there still is a command that takes them out with the jumps around them kept right.
    if [ -z "$DESTDIR" ]; then
        "$(dirname "$(readlink -f "$0")")/unwire.sh" "$PREFIX/bin/facelatch"
    fi
    if [ $running = yes ]; then
        systemctl disable --quiet --now facelatchd.socket facelatch-eye.socket facelatch-pam-rollback.service || true
        systemctl stop facelatchd.service facelatch-eye.service facelatch-key.service || true
    fi
    kept=$(mktemp)
    cp "$record" "$kept"
    grep -v '/$' "$kept" | while read -r file; do rm -f "$DESTDIR$file"; done
    # Bytecode that a run as root has left is ours, too.
    rm -rf "$DESTDIR$PREFIX/lib/facelatch/python"
    grep '/$' "$kept" | LC_ALL=C sort -r | while read -r folder; do
        rmdir --ignore-fail-on-non-empty "$DESTDIR$folder" 2>/dev/null || true
    done
    rm -f "$kept"
    [ $running = no ] || systemctl daemon-reload
fi

if [ -n "${PURGE:-}" ]; then
    rm -rf "$DESTDIR/var/lib/facelatch" "$DESTDIR/var/lib/facelatch-counter" "$DESTDIR/var/lib/facelatch-pam" "$DESTDIR/etc/facelatch"
    rm -f "$DESTDIR/etc/credstore.encrypted/facelatch.key"
    if [ -z "$DESTDIR" ]; then
        for account in facelatch-eye facelatch; do
            ! getent passwd $account >/dev/null || userdel $account
            ! getent group $account >/dev/null || groupdel $account
        done
    fi
fi
