#!/bin/sh
# Makes what the machines of the tests are put together from:
#
#	build.sh root TARGET SUITE MIRROR PACKAGE...   a Debian that boots
#	build.sh layer TARGET BASE PACKAGE...          what packages add to BASE
#
# TARGET appears whole or not at all: it is made under another name, which an
# earlier run that was killed may have left, and renamed. The caller holds a
# lock on TARGET and starts this in mount and process namespaces of its own,
# so that no mount and no process of it can remain.
set -eu
umask 022
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

kind=$1
target=$2
shift 2
work=$target.part
rm -rf --one-file-system "$work"

# Packages write many small files safely, one sync after the other. What a
# crash spoils here is made again anyway.
hurry() {
	mkdir -p "$1/etc/dpkg/dpkg.cfg.d"
	echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/tests"
}

# tidy removes what apt has kept.
tidy() {
	chroot "$1" apt-get clean
	rm -rf "$1"/var/lib/apt/lists/* "$1"/var/log/apt "$1"/var/log/dpkg.log
}

root() {
	suite=$1
	mirror=$2
	shift 2
	debootstrap --variant=minbase --include="$(echo "$*" | tr ' ' ,)" "$suite" "$work" "$mirror"
	hurry "$work"
	tidy "$work"
	# With an id of its own the first boot is one like any other.
	rm -f "$work/etc/machine-id"
	systemd-machine-id-setup --root="$work"
	echo bed >"$work/etc/hostname"
	printf '127.0.0.1 localhost bed\n::1 localhost bed\n' >"$work/etc/hosts"
	# A machine of a few seconds has no use for them, and a test must not meet
	# one of them at work.
	for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
		e2scrub_reap.service fstrim.timer console-getty.service systemd-tmpfiles-clean.timer; do
		ln -sf /dev/null "$work/etc/systemd/system/$unit"
	done
	mv "$work" "$target"
}

layer() {
	base=$1
	shift
	mkdir -p "$work/upper" "$work/work" "$work/root"
	mount -t overlay overlay -o "lowerdir=$base,upperdir=$work/upper,workdir=$work/work" "$work/root"
	mount -t proc proc "$work/root/proc"
	mount --rbind /dev "$work/root/dev"
	# See invoke-rc.d(8).
	printf '#!/bin/sh\nexit 101\n' >"$work/root/usr/sbin/policy-rc.d"
	chmod 755 "$work/root/usr/sbin/policy-rc.d"
	chroot "$work/root" apt-get update -q
	chroot "$work/root" apt-get install -q -y --no-install-recommends "$@"
	rm "$work/root/usr/sbin/policy-rc.d"
	tidy "$work/root"
	umount -l "$work/root/dev" "$work/root/proc" "$work/root"
	mv "$work/upper" "$target"
	rm -rf --one-file-system "$work"
}

"$kind" "$@"
