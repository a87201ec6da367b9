#!/bin/sh
# Build a Debian 12 machine for tests/vm/run.py: disk, kernel and initrd in build/vm. It takes two minutes and 4 GB, of
# which 2 GB stay; as root, with mmdebstrap, e2fsprogs and what PyGObject is built with installed. Nothing of this tree
# is in the image, apart from what pyproject.toml asks for: run.py brings the code along, so that a change needs no new
# image.
set -eu
umask 022

tree=$(cd "$(dirname "$0")/../.." && pwd)
out=$tree/build/vm
root=$out/root
packages=linux-image-amd64,linux-headers-amd64,dkms,v4l2loopback-dkms,v4l-utils,ffmpeg,python3
packages=$packages,systemd,systemd-sysv,dbus,udev,kmod,procps,sudo,login,passwd,pamtester,libpam-modules,libpam-runtime
packages=$packages,libpam-systemd,polkitd,pkexec,libgirepository-1.0-1,gir1.2-glib-2.0,libcairo2
# What systemd speaks to a TPM with (it opens these libraries when it needs them), and somebody who comes from elsewhere.
packages=$packages,libtss2-esys-3.0.2-0,libtss2-mu0,libtss2-rc0,libtss2-tcti-device0,openssh-server,openssh-client

for command in mmdebstrap mke2fs; do
    command -v $command >/dev/null || { echo "$command is missing: apt-get install mmdebstrap e2fsprogs"; exit 1; }
done
"$tree/.venv/bin/python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' ||
    { echo ".venv is not of Python 3.11, which the machine has: PyGObject cannot be built for it"; exit 1; }
[ "$(id -u)" = 0 ] || { echo "only root can make the files of a machine belong to its root"; exit 1; }

# A Debian 12 fetches from where it fetches its own packages; others from Debian's usual place.
sources=$(grep -q bookworm /etc/os-release && find /etc/apt -name '*.list' -o -name '*.sources') || true

rm -rf "$out"
mkdir -p "$out"
# apt's own user may not read a build folder in somebody's home.
mmdebstrap --mode=root --variant=minbase --include=$packages \
    --aptopt='APT::Sandbox::User "root"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    bookworm "$root" $sources

# Python 3.11 is Debian 12's. PyGObject and pycairo come without wheels, so .venv makes them: it has to be of that Python.
"$tree/.venv/bin/python" - "$tree/pyproject.toml" >"$out/requirements.txt" <<'PYTHON'
import sys, tomllib
print(*tomllib.load(open(sys.argv[1], "rb"))["project"]["dependencies"], sep="\n")
PYTHON
grep PyGObject "$out/requirements.txt" >"$out/built.txt"
"$tree/.venv/bin/python" -m pip wheel --quiet --disable-pip-version-check \
    --wheel-dir "$out/wheels" --requirement "$out/built.txt"
"$tree/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile --only-binary=:all: \
    --find-links "$out/wheels" --python-version 3.11 --target "$root/usr/lib/facelatch/site" \
    --requirement "$out/requirements.txt" pytest pytest-timeout
for folder in '' /client /daemon /models /site; do echo "/usr/lib/facelatch$folder"; done \
    >"$root/usr/lib/python3/dist-packages/facelatch.pth"

echo facelatch >"$root/etc/hostname"
echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
cat >"$root/etc/systemd/system/check.service" <<'UNIT'
[Unit]
Description=What tests/vm/run.py wants done
After=basic.target dbus.service
SuccessAction=poweroff-force
FailureAction=poweroff-force

[Service]
Type=oneshot
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
ExecStart=/bin/sh -c 'modprobe 9pnet_virtio && mkdir -p /run/brought && mount -t 9p -o trans=virtio,version=9p2000.L brought /run/brought && exec sh /run/brought/start.sh'

[Install]
WantedBy=multi-user.target
UNIT
ln -s ../check.service "$root/etc/systemd/system/multi-user.target.wants/check.service"
ln -sf /dev/null "$root/etc/systemd/system/serial-getty@ttyS0.service"
cp "$root"/boot/vmlinuz-* "$out/kernel"
cp "$root"/boot/initrd.img-* "$out/initrd"

truncate -s 6G "$out/disk.part"
mke2fs -q -t ext4 -d "$root" "$out/disk.part"
rm -rf "$root" "$out/wheels"
mv "$out/disk.part" "$out/disk"
echo "built: $out"
