#!/bin/sh
# An emulated machine is some ten times slower than a slow one: whoever waits for the daemons, and they for each other, waits
# longer. Nothing else of what the packages have installed is changed. $1 is by how much.
set -eu
seconds() { echo $(($1 * $2)); }

# The judge's start, one second on a slow machine, takes 24; a bus waits for 25.
mkdir -p /etc/dbus-1/system.d
echo "<busconfig><limit name=\"service_start_timeout\">$(seconds 15000 "$1")</limit></busconfig>" >/etc/dbus-1/system.d/patience.conf
for service in facelatchd facelatch-eye facelatch-key; do
    mkdir -p /etc/systemd/system/$service.service.d
    printf '[Service]\nTimeoutStartSec=%s\nTimeoutStopSec=%s\n' "$(seconds 15 "$1")" "$(seconds 3 "$1")" \
        >/etc/systemd/system/$service.service.d/patience.conf
done
# The judge gives logind a second, and the eye two for a frame, which takes it one here, and may take three.
patient=/usr/local/libexec/facelatchd-patient
mkdir -p /usr/local/libexec
sed "s/^sys.exit/from facelatchd import seat, watcher\nseat.PATIENCE, watcher.STALL = $1.0, $1.0 * 1.5\n&/" \
    /usr/libexec/facelatch/facelatchd >$patient
chmod 755 $patient
command=$(sed -n 's/^ExecStart=[^ ]*//p' /usr/lib/systemd/system/facelatchd.service)
printf 'ExecStart=\nExecStart=%s%s\n' $patient "$command" >>/etc/systemd/system/facelatchd.service.d/patience.conf
# Left to itself, systemd 252 takes a TPM only where the firmware is UEFI and has used it; this machine's is not.
if [ -e /sys/class/tpm/tpm0 ]; then
    printf 'ExecStart=\nExecStart=/usr/libexec/facelatch/facelatch-key --sealed-with host+tpm2 ensure\n' \
        >>/etc/systemd/system/facelatch-key.service.d/patience.conf
fi
# How long the door waits; where the profile is on already, an upgrade has just brought its own time back into the stack.
sed -i "s|timeout=[0-9]*|timeout=60|" /usr/share/pam-configs/facelatch
DEBIAN_FRONTEND=noninteractive pam-auth-update --package
systemctl daemon-reload
systemctl reload dbus.service
