#!/bin/sh
# Says what `make install` needs and cannot find.
set -u

missing=""
for tool in cc:gcc scdoc:scdoc awk:gawk install:coreutils; do
    command -v "${tool%%:*}" >/dev/null || missing="$missing ${tool##*:}"
done
echo '#include <security/pam_modules.h>' | cc -fsyntax-only -x c - 2>/dev/null || missing="$missing libpam's-headers(libpam0g-dev,pam-devel,pam)"
[ -z "$missing" ] || { echo "make install needs, and cannot find:$missing" >&2; exit 1; }
