#!/bin/sh
# Boots a virtual machine with Debian's kernel, which serves and mounts NFSv4, and runs the tests
# there: machine.sh DIRECTORY, of what is built. The exit status is that of the tests.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$(mkdir -p "$1" && cd "$1" && pwd)
root=$build/root

# Debian's kernel for virtual machines. It is unpacked only: this machine keeps its own.
kernel() {
	package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: //p')
	release=$(echo "$package" | sed 's/^linux-image-//')
	[ -e "$build/kernel/boot/vmlinuz-$release" ] || {
		(cd "$build" && apt-get download "$package" && dpkg-deb -x "$package"_*.deb kernel)
		depmod -b "$build/kernel" "$release"
	}
}

# program copies a program with its libraries to the same place in the machine.
program() {
	file=$(command -v "$1")
	cp --parents -L "$file" "$root"
	libraries=$(ldd "$file" | grep -o '/[^ ]*') || return 0 # It is static.
	for library in $libraries; do
		[ -e "$root$library" ] || cp --parents -L "$library" "$root"
	done
}

# modules copies modules of the kernel with those that they need.
modules() {
	modprobe -d "$build/kernel" -S "$release" --show-depends --all "$@" | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u >"$build/modules"
	(cd "$build/kernel" && sed "s,^$build/kernel/,," "$build/modules" | cpio -pdm --quiet "$root")
	cp "$build/kernel/lib/modules/$release"/modules.* "$root/lib/modules/$release"
}

kernel
rm -rf "$root"
mkdir -p "$root/bin" "$root/etc" "$root/tests/test/cluster" "$root/tests/.build/integration"
cp "$(command -v busybox)" "$root/bin/busybox"
for name in ip unshare mount.nfs4 umount.nfs4 exportfs rpc.nfsd rpc.mountd procmail; do
	program $name
done
modules nfsd nfsv4 veth bridge virtio_pci virtio_blk quota_v2
cp "$here/init" "$root/init"
printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
cp /etc/netconfig /etc/protocols /etc/services "$root/etc"
printf '#!/bin/sh\n# The programs are built already.\n' >"$root/bin/go"
chmod +x "$root/bin/go"
CGO_ENABLED=0 go build -buildvcs=false -ldflags=-s -o "$root/tests/.build/integration/" ./cmd/tpops
CGO_ENABLED=0 go test -c -ldflags=-s -tags nfs -o "$root/tests/test/cluster/cluster.test" ./test/cluster
(cd "$root" && find . | cpio -o -H newc --quiet) >"$build/initrd"
rm -f "$build/disk" && truncate -s 1G "$build/disk" && mkfs.ext4 -q -O quota "$build/disk"

# KVM of a virtual machine is often broken: it is not tried.
# On a busy machine the kernel would not find its timer, and panic: no_timer_check.
qemu-system-x86_64 -accel tcg -cpu max -M q35 -smp 1 -m 2G -nic none -nographic -no-reboot \
	-kernel "$build/kernel/boot/vmlinuz-$release" -initrd "$build/initrd" \
	-append "console=ttyS0 quiet panic=-1 mitigations=off cryptomgr.notests audit=0 no_timer_check" \
	-drive "file=$build/disk,if=virtio,format=raw,cache=unsafe" </dev/null | tee "$build/console"
grep -q '^tests: 0' "$build/console"
