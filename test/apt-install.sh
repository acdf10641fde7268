#!/bin/sh
# Installs the packages named, as root, without starting the services that come
# with them, now or at the next boot. A service that is there already is left
# alone.
set -eu

# Two runs at once would take each other's policy-rc.d for that of a killed run. The lock
# ends with this process: what packages start does not inherit it. Only root can make files
# in /run, unlike in /run/lock.
exec 9>/run/tpops-apt-install.lock
if ! flock -n 9; then
	echo 'Waiting for another run that is installing packages.' >&2
	flock 9
fi

# enabled prints the units that are started at boot.
enabled() {
	systemctl list-unit-files --no-legend --state=enabled 2>/dev/null | cut -d' ' -f1 || true
}
units_before=$(enabled)

# disable_new keeps what the packages have just enabled from running at the
# next boot.
disable_new() {
	enabled | while read -r unit; do
		printf '%s\n' "$units_before" | grep -qxF "$unit" || systemctl disable -q "$unit" || true
	done
}

# Package scripts start no service that this program forbids (see
# invoke-rc.d(8)). If the administrator has one, ours goes in its place and the
# administrator's comes back at the end, whatever happens.
policy=/usr/sbin/policy-rc.d
ours=$(mktemp "$policy.XXXXXX")
kept=
restore() {
	rm -f "$ours"
	if [ -n "$kept" ]; then
		mv "$kept" "$policy"
	elif [ -n "$placed" ]; then
		rm -f "$policy"
	fi
	disable_new || true
}
placed=
trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mark='Of a test run of TPOPS that is installing packages.'
printf '#!/bin/sh\n# %s\nexit 101\n' "$mark" >"$ours"
chmod 755 "$ours"
kept_name=$policy.kept-by-tpops-tests
# An earlier run that was killed could not clean up.
if grep -qs "$mark" "$policy"; then
	rm "$policy"
	[ ! -e "$kept_name" ] || mv "$kept_name" "$policy"
fi
if [ -e "$policy" ] || [ -L "$policy" ]; then
	kept=$kept_name
	mv "$policy" "$kept"
fi
mv "$ours" "$policy"
placed=yes

export DEBIAN_FRONTEND=noninteractive
# Another program may be using apt. apt-get update does not wait for it.
tries=1
until apt-get update -q 9>&-; do
	[ $tries -lt 6 ] || exit 100
	tries=$((tries + 1))
	sleep 10
done
apt-get -o DPkg::Lock::Timeout=900 install -q -y --no-install-recommends "$@" 9>&-
