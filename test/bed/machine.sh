#!/bin/sh
# Boots a machine and ends with it, and removes all that it made:
#
#	sh machine.sh supervise CGROUP MOUNTPOINT LOWERDIRS
#
# The machine lives in the cgroup CGROUP, which must not exist yet. Its root is
# an overlay: LOWERDIRS, as mount -t overlay takes them, and above them a tmpfs
# at MOUNTPOINT, which no other process sees. It ends when it is powered off, and is
# killed as soon as standard input ends: the kernel closes that for a test that
# is killed itself.
set -eu

supervise() {
	cgroup=$1
	shift
	mkdir "$cgroup"
	exec 9<&0
	# unshare itself stays outside, so that it can reap what is killed there.
	unshare --mount --pid --fork --kill-child --mount-proc \
		sh "$0" boot "$cgroup" "$@" </dev/null 9<&- &
	machine=$!
	{
		read -r _ <&9 || true
		echo 1 >"$cgroup/cgroup.kill"
	} &
	watcher=$!
	exec 9<&-
	status=0
	wait "$machine" || status=$?
	kill "$watcher" 2>/dev/null || true
	wait "$watcher" 2>/dev/null || true
	echo 1 >"$cgroup/cgroup.kill"
	tries=500
	# A cgroup can be removed once the last process in it is gone for good.
	until find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || {
			echo "machine.sh: cannot remove $cgroup" >&2
			exit 1
		}
		sleep 0.02
	done
	exit "$status"
}

# boot runs in mount and process namespaces of its own.
boot() {
	echo 0 >"$1/cgroup.procs" # itself, see cgroups(7)
	place=$2
	lower=$3
	mount -t tmpfs -o mode=755 tmpfs "$place"
	mkdir "$place/upper" "$place/work" "$place/root"
	mount -t overlay overlay -o "lowerdir=$lower,upperdir=$place/upper,workdir=$place/work" "$place/root"
	# systemd-nspawn looks for a systemd and wants cgroups of version 2,
	# whatever this machine has; and it must not talk to a systemd here.
	mount -t tmpfs -o mode=755 tmpfs /run
	mkdir -p /run/systemd/system
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	# The limit of descriptors is what the kernel gives the first process of a
	# booted machine.
	# Without the two capabilities and bpf(2), IPAddressDeny= has no effect and
	# says nothing; and the landlock calls are not in the default filter.
	exec systemd-nspawn --quiet --boot --directory="$place/root" --hostname=bed \
		--settings=no --register=no --keep-unit --link-journal=no \
		--rlimit=RLIMIT_NOFILE=1024:524288 \
		--private-network --resolv-conf=off --timezone=off --console=pipe \
		--capability=CAP_BPF,CAP_PERFMON \
		--system-call-filter='bpf landlock_create_ruleset landlock_add_rule landlock_restrict_self'
}

"$@"
