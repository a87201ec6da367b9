#!/bin/sh
# Takes the face out of this machine's PAM files before its module goes. A module that is missing keeps nobody from typing
# the password, so what cannot be taken out is only told.
# Usage: unwire.sh COMMAND
set -u

command=$1
# Also where no line of ours is left: a change that took lines out, and that nobody has confirmed, would lie there until a later
# installation put these old files back.
if [ -e /var/lib/facelatch-pam/pending/restore ]; then
    "$command" pam revert --yes </dev/null || echo "the change of PAM's files that nobody has confirmed was not put back" >&2
fi
grep -qs pam_facelatch.so /etc/pam.d/* /etc/pam.conf /etc/authselect/* || exit 0
# It would tell how to undo this, with a command that goes, too; what it kept would put the lines back after a later installation.
"$command" pam apply --remove --yes --without-rollback </dev/null >/dev/null || true
rm -rf /var/lib/facelatch-pam/last
if command -v pam-auth-update >/dev/null; then
    pam-auth-update --package --remove facelatch facelatch-passed </dev/null || true
fi
# Without /etc/pam.conf, which most distributions do not have, grep fails whatever it has found.
left=$(grep -ls '^[^#]*pam_facelatch.so' /etc/pam.d/* /etc/pam.conf | tr '\n' ' ')
[ -n "$left" ] || exit 0
echo "These files still name pam_facelatch.so. The password works all the same; take its lines out by hand: $left" >&2
