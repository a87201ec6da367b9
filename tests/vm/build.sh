#!/bin/sh
# Build a Debian 12 machine for tests/vm/run.py: disk, kernel and initrd in build/vm. It takes four minutes and 5 GB, of
# which 3 GB stay; as root, with mmdebstrap and e2fsprogs. Nothing of this tree is in the image: run.py brings the packages
# along and installs them, so that a change needs no new image. What they depend on is in it, for it has no network.
set -eu
umask 022

tree=$(cd "$(dirname "$0")/../.." && pwd)
out=$tree/build/vm
root=$out/root
packages=linux-image-amd64,linux-headers-amd64,dkms,v4l2loopback-dkms,v4l-utils,ffmpeg,initramfs-tools,zstd
packages=$packages,systemd,systemd-sysv,dbus,udev,kmod,procps,psmisc,less,kbd,sudo,login,passwd,pamtester,util-linux-extra
packages=$packages,libpam-modules,libpam-runtime,libpam-systemd,polkitd,pkexec,openssh-server,openssh-client
# What the packages depend on.
packages=$packages,python3,libgirepository-1.0-1,gir1.2-glib-2.0,libcairo2,libgcc-s1,libstdc++6,hicolor-icon-theme
packages=$packages,libegl1,libgl1,libxkbcommon0,libxkbcommon-x11-0,libfontconfig1,libdbus-1-3,libxcb-cursor0
packages=$packages,libxcb-icccm4,libxcb-image0,libxcb-keysyms1,libxcb-randr0,libxcb-render-util0,libxcb-shape0
packages=$packages,libxcb-xinerama0,libxcb-xkb1,libxcb-sync1,libxcb-xfixes0,libxcb-util1,libsm6,libice6
# What systemd speaks to a TPM with (it opens these libraries when it needs them).
packages=$packages,libtss2-esys-3.0.2-0,libtss2-mu0,libtss2-rc0,libtss2-tcti-device0
# Where people unlock and log in, and what types for them.
packages=$packages,i3lock,xvfb,xdotool,x11-utils,lightdm,gir1.2-lightdm-1,python3-gi,xserver-xorg-core
packages=$packages,xserver-xorg-input-libinput
# What `checks` runs with.
packages=$packages,python3-pytest,python3-pytest-timeout

for command in mmdebstrap mke2fs; do
    command -v $command >/dev/null || { echo "$command is missing: apt-get install mmdebstrap e2fsprogs"; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo "only root can make the files of a machine belong to its root"; exit 1; }

# A Debian 12 fetches from where it fetches its own packages; others from Debian's usual place.
sources=$(grep -q bookworm /etc/os-release && find /etc/apt -name '*.list' -o -name '*.sources') || true

rm -rf "$out/root" "$out/disk" "$out/disk.part" "$out/kernel" "$out/initrd"
mkdir -p "$out"
# apt's own user may not read a build folder in somebody's home.
mmdebstrap --mode=root --variant=minbase --include=$packages \
    --aptopt='APT::Sandbox::User "root"' --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    bookworm "$root" $sources
# The packages under test are to be installed whole.
rm -f "$root"/etc/dpkg/dpkg.cfg.d/*mmdebstrap* "$root"/etc/apt/apt.conf.d/*mmdebstrap*

echo machine >"$root/etc/hostname"
echo '127.0.0.1 localhost machine' >"$root/etc/hosts"
echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"

# Who logs in, and with what: tests/vm/guest.py says the same. The screen's people may use sudo.
for user in alice bob; do
    chroot "$root" useradd --create-home --shell /bin/bash $user
    echo "$user:correct horse" | chroot "$root" chpasswd
done
echo 'root:battery staple' | chroot "$root" chpasswd
chroot "$root" usermod --append --groups sudo alice
touch "$root/home/alice/.hushlogin" "$root/home/bob/.hushlogin" "$root/root/.hushlogin"

# Two cameras that ffmpeg can feed; they call themselves what a laptop's camera does.
echo 'options v4l2loopback video_nr=20,21 exclusive_caps=0,0 card_label="Integrated Camera: Integrated C,Integrated Camera: Integrated C"' \
    >"$root/etc/modprobe.d/v4l2loopback.conf"
echo v4l2loopback >"$root/etc/modules-load.d/cameras.conf"

# Emulated, each service costs seconds at boot. Scenarios start ssh and lightdm when they come to them.
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer man-db.timer rsync.service systemd-timesyncd.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
rm -f "$root/etc/systemd/system/multi-user.target.wants/ssh.service" "$root/etc/systemd/system/sshd.service" \
    "$root/etc/systemd/system/display-manager.service"
ln -sf /usr/lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"

# An initrd with what this machine needs is unpacked in a tenth of the time.
sed -i 's/^MODULES=.*/MODULES=list/' "$root/etc/initramfs-tools/initramfs.conf"
printf '%s\n' virtio_pci virtio_blk ext4 >>"$root/etc/initramfs-tools/modules"
chroot "$root" update-initramfs -u
cp "$root"/boot/vmlinuz-* "$out/kernel"
cp "$root"/boot/initrd.img-* "$out/initrd"

truncate -s 8G "$out/disk.part"
mke2fs -q -t ext4 -d "$root" "$out/disk.part"
rm -rf "$root"
mv "$out/disk.part" "$out/disk"
echo "built: $out"
