#!/bin/sh
# Builds the packages and checks them:
#
#	check.sh DIRECTORY
#
# It leaves them in DIRECTORY. Requires, besides Go: lintian, rpm, rpmlint,
# cpio, shellcheck, systemd 252 or newer, logrotate, apparmor, zsh and fish. The
# parts that need a running systemd are among the tests below test/.
set -eu
umask 022
export LC_ALL=C.UTF-8

here=$(dirname "$(realpath "$0")")
top=$(dirname "$here")
mkdir -p "$1"
out=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

step() {
	printf '== %s\n' "$*"
}

fail() {
	printf 'check.sh: %s\n' "$*" >&2
	exit 1
}

# same fails unless the files $1 and $2 have the same content.
same() {
	diff -u "$1" "$2" || fail "$3"
}

scripts() {
	step scripts
	shellcheck "$here"/*.sh "$here"/deb/postinst "$here"/deb/prerm "$here"/deb/postrm "$here"/rpm/p*
	shellcheck --shell=bash --exclude=SC2034 "$here"/common/*.bash
}

# build builds twice: the second time in another directory, with another umask and time
# zone, at another time, and with other times of the files.
build() {
	step "build, and build again"
	rm -f "$out"/tpops[_-]*.deb "$out"/tpops-*.rpm
	PACKAGE_VERSION=$("$here/version.sh")
	SOURCE_DATE_EPOCH=$(git -C "$top" log -1 --format=%ct)
	export PACKAGE_VERSION SOURCE_DATE_EPOCH
	"$here/build.sh" "$out" >"$work/log" || fail "$(cat "$work/log")"
	mkdir "$work/again"
	(cd "$top" && tar -c --exclude=./.git --exclude=./.build .) | tar -x -m -C "$work/again"
	(umask 077 && TZ=Asia/Tokyo "$work/again/packaging/build.sh" "$work/second" >"$work/log") || fail "$(cat "$work/log")"
	(cd "$out" && sha256sum tpops*.deb tpops*.rpm) >"$work/first.sum"
	(cd "$work/second" && sha256sum tpops*.deb tpops*.rpm) >"$work/second.sum"
	same "$work/first.sum" "$work/second.sum" "two builds differ"
	cat "$work/first.sum"
	rm -rf "$work/again" "$work/second"
}

deb=
rpm=
find_packages() {
	deb=$(find "$out" -name "tpops_*_$(dpkg --print-architecture).deb")
	rpm=$(find "$out" -name "tpops-*.$(uname -m).rpm")
}

# linters fails for every tag that has no explanation in deb/lintian-overrides or
# rpm/rpmlint.toml.
linters() {
	step lintian
	# The texts in a Go program are not separated, so that lintian finds words that
	# are in no text, in one build and not in the next.
	lintian --allow-root -EvIL +pedantic --suppress-tags=spelling-error-in-binary --fail-on=error,warning,info,pedantic,experimental "$out"/*.deb >"$work/log" 2>&1 ||
		fail "$(grep -v '^N:' "$work/log")"
	step rpmlint
	# rpmlint unpacks with cpio. Names in our payload begin with a slash, so without the
	# option cpio would overwrite files of this machine.
	mkdir "$work/bin"
	printf '#!/bin/sh\nexec %s --no-absolute-filenames "$@"\n' "$(command -v cpio)" >"$work/bin/cpio"
	chmod 755 "$work/bin/cpio"
	PATH=$work/bin:$PATH rpmlint -c "$here/rpm/rpmlint.toml" "$out"/*.rpm >"$work/log" || fail "$(cat "$work/log")"
	grep -q ' 0 errors, 0 warnings' "$work/log" || fail "$(cat "$work/log")"
}

# pages prints the installed path of each page in man/ and man/ja/.
pages() {
	for page in "$top"/man/*.[578] "$top"/man/ja/*.[578]; do
		language=${page#"$top/man"}
		echo "/usr/share/man${language%/*}/man${page##*.}/${page##*/}.gz"
	done
}

# contents compares the contents of the packages with the expected files.
contents() {
	step contents
	dpkg-deb --fsys-tarfile "$deb" | tar -tv >"$work/tar"
	! grep -vE '^[d-]rw(x|-)r-(x|-)r-(x|-) (root/root|0/0) ' "$work/tar" || fail "wrong owner or mode"
	dpkg-deb --ctrl-tarfile "$deb" | tar -xO ./conffiles | sort >"$work/conffiles"
	sed -n 's/^-.* \.\(\/etc\/.*\)/\1/p' "$work/tar" | sort >"$work/etc"
	same "$work/etc" "$work/conffiles" "not all of /etc are conffiles"
	rpm -qp --configfiles "$rpm" | sort >"$work/rpmconf"
	rpm -qpl "$rpm" | grep '^/etc/.*[^/]$' | grep -vx /etc/tpops | sort >"$work/rpmetc"
	same "$work/rpmetc" "$work/rpmconf" "not all of /etc are configuration"
	[ "$(rpm -qp --queryformat '[%{FILEUSERNAME}:%{FILEGROUPNAME}\n]' "$rpm" | sort -u)" = root:root ] || fail "wrong owner"
	for file in /usr/sbin/tpops /usr/sbin/tpops_passwd /usr/bin/tpopsctl /etc/tpops/tpops.toml \
		/usr/lib/systemd/system/tpops.socket /usr/lib/systemd/system/tpops-tls.socket /usr/lib/systemd/system/tpops.service \
		/usr/lib/systemd/system/tpops-inetd.socket /usr/lib/systemd/system/tpops-inetd@.service \
		/usr/lib/systemd/system/tpops-expire-deleted.timer /usr/lib/systemd/system/tpops-expire-deleted.service \
		/usr/lib/sysusers.d/tpops.conf /usr/lib/tmpfiles.d/tpops.conf /etc/logrotate.d/tpops \
		/etc/fail2ban/filter.d/tpops.conf /etc/fail2ban/jail.d/tpops.conf \
		/usr/share/bash-completion/completions/tpops /usr/share/fish/vendor_completions.d/tpops.fish \
		/usr/share/bash-completion/completions/tpopsctl /usr/share/fish/vendor_completions.d/tpopsctl.fish \
		$(pages) \
		/usr/share/doc/tpops/examples/vmail.conf /usr/share/doc/tpops/examples/tpops_auth-mysql.sql \
		/usr/share/doc/tpops/examples/pop-before-smtp.sh /usr/share/doc/tpops/examples/keepalived.conf \
		/usr/share/doc/tpops/examples/haproxy.cfg /usr/share/doc/tpops/examples/galera.cnf \
		/usr/share/doc/tpops/examples/tpops-node.toml \
		/usr/share/doc/tpops/examples/tpops.rules.yml /usr/share/doc/tpops/examples/tpops-dashboard.json \
		/usr/share/doc/tpops/examples/crowdsec-parser.yaml /usr/share/doc/tpops/examples/crowdsec-scenario.yaml \
		/usr/share/doc/tpops/examples/crowdsec-acquis.yaml; do
		grep -q " \.$file\$" "$work/tar" || fail "the .deb has no $file"
		rpm -qpl "$rpm" | grep -qx "$file" || fail "the .rpm has no $file"
	done
	step programs
	for architecture in amd64:x86-64 arm64:aarch64; do
		package=$(find "$out" -name "tpops_*_${architecture%:*}.deb")
		dpkg-deb --fsys-tarfile "$package" | tar -xO ./usr/sbin/tpops >"$work/tpops"
		file "$work/tpops" | grep -q "ELF 64-bit LSB executable.*${architecture#*:}.*statically linked" ||
			fail "$(file "$work/tpops")"
		! grep -qaF -e "$top" -e "$HOME/go/" "$work/tpops" || fail "a path of this machine is in the program"
	done
}

# pam checks the program that uses PAM, which only the packages for this architecture
# must have. It must be dynamic, and must not need a newer C library than the dependency
# of the package.
pam() {
	step "PAM"
	for file in /usr/libexec/tpops/tpops_pam /etc/pam.d/tpops; do
		grep -q " \.$file\$" "$work/tar" || fail "the .deb has no $file"
		rpm -qpl "$rpm" | grep -qx "$file" || fail "the .rpm has no $file"
	done
	dpkg-deb --fsys-tarfile "$deb" | tar -xO ./usr/libexec/tpops/tpops_pam >"$work/tpops_pam"
	file "$work/tpops_pam" | grep -q 'pie executable.*dynamically linked' || fail "$(file "$work/tpops_pam")"
	! grep -qaF -e "$top" -e "$HOME/go/" "$work/tpops_pam" || fail "a path of this machine is in the program"
	newest=$(objdump -T "$work/tpops_pam" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
	declared=$(dpkg-deb --field "$deb" Depends | sed -n 's/.*libc6 (>= \([0-9.]*\)).*/GLIBC_\1/p')
	[ "$(printf '%s\n' "$declared" "$newest" | sort -V | tail -n 1)" = "$declared" ] || fail "it needs $newest, the package declares $declared"
	for package in "$out"/tpops_*.deb; do
		with=$(dpkg-deb --fsys-tarfile "$package" | tar -t | grep -c tpops_pam || true)
		[ "$with" = "$(dpkg-deb --field "$package" Depends | grep -c libpam0g || true)" ] ||
			fail "$package: a program without its dependency, or the other way round"
	done
}

# unpack unpacks the .deb for the checks that read its files.
unpack() {
	dpkg-deb -x "$deb" "$work/root"
	# This machine need not have the state directory.
	"$work/root/usr/sbin/tpops" --check-config --config="$work/root/etc/tpops/tpops.toml" --usage-file="$work/usage"
}

# with_dropins verifies the unit $1 with the drop-ins $2... by systemd, which must not
# warn. It leaves the unit in $work/unit.
with_dropins() {
	name=$1
	shift
	rm -rf "$work/unit"
	cp -r "$work/units" "$work/unit"
	for dropin in "$@"; do
		cat "$work/root/usr/share/doc/tpops/examples/$dropin.conf" >>"$work/unit/$name"
	done
	systemd-analyze verify --man=no "$work/unit/$name" >"$work/log" 2>&1 || fail "$name $*: $(cat "$work/log")"
	[ ! -s "$work/log" ] || fail "$name $*: $(cat "$work/log")"
}

# at_most fails if the exposure of a unit with drop-ins is more than $1.
at_most() {
	limit=$1
	shift
	with_dropins "$@"
	is=$(systemd-analyze security --offline=true "$work/unit/$1" |
		sed -n 's/.*exposure level for .*: \([0-9]*\)\.\([0-9]\) .*/\1\2/p')
	printf '%s: %s.%s\n' "$*" "${is%?}" "${is#"${is%?}"}"
	[ "$is" -le "$limit" ] || fail "more than $limit tenths"
}

units() {
	step "units, with what they leave exposed"
	mkdir "$work/units"
	cp "$work"/root/usr/lib/systemd/system/* "$work/units/"
	# The programs may not be installed on this machine.
	sed -i -e "s#/usr/sbin/tpops#$work/root/usr/sbin/tpops#" -e "s#/usr/libexec/tpops#$work/root/usr/libexec/tpops#" "$work"/units/*.service
	for socket in "$work"/units/*.socket; do
		with_dropins "$(basename "$socket")"
	done
	at_most 10 tpops.service
	at_most 3 tpops.service vmail
	at_most 3 tpops.service vmail mysql-passwd logging
	at_most 10 tpops.service homes-elsewhere
	at_most 18 tpops.service remote
	at_most 10 tpops.service vmail remote
	at_most 20 tpops.service no-socket
	at_most 35 tpops-inetd@.service
	with_dropins tpops.socket addresses
	with_dropins tpops-inetd.socket inetd-limits
}

# system creates the user and the directories below another root, twice.
system() {
	step "sysusers.d, tmpfiles.d"
	for _ in 1 2; do
		systemd-sysusers --root="$work/root" "$work/root/usr/lib/sysusers.d/tpops.conf" >/dev/null 2>&1
		systemd-tmpfiles --root="$work/root" --create "$work/root/usr/lib/tmpfiles.d/tpops.conf"
	done
	id=$(sed -n 's/^tpops:[^:]*:\([0-9]*\):.*:\/var\/lib\/tpops:\/usr\/sbin\/nologin$/\1/p' "$work/root/etc/passwd")
	[ "$(stat -c '%u %a' "$work/root/var/lib/tpops" "$work/root/var/log/tpops")" = "$id 700
$id 750" ] || fail "wrong directories"
}

# files reads files of other programs with those programs.
files() {
	step "logrotate, AppArmor, completion"
	mkdir "$work/logs"
	echo line >"$work/logs/access.log"
	# The user may not exist on this machine.
	sed "s#/var/log/tpops#$work/logs#; s#su tpops tpops#su $(id -un) $(id -gn)#" "$here/common/logrotate.conf" >"$work/logrotate"
	logrotate --force --state "$work/state" "$work/logrotate" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
	[ "$(ls "$work/logs")" = access.log.1 ] || fail "logrotate made $(ls "$work/logs")"
	apparmor_parser --skip-kernel-load --skip-cache --quiet "$here/deb/apparmor" 2>/dev/null || fail "AppArmor"
	share=$work/root/usr/share
	bash -n "$share/bash-completion/completions/tpops"
	shellcheck --shell=bash --exclude=SC2034,SC2154 "$share/bash-completion/completions/tpops"
	for program in tpops tpopsctl; do
		zsh -n "$share/zsh/vendor-completions/_$program"
		fish -n "$share/fish/vendor_completions.d/$program.fish"
	done
}

# install_rpm installs and removes the .rpm below another root. Its scripts are not run,
# because they call systemd.
install_rpm() {
	step "rpm --root"
	mkdir "$work/rpm"
	rpm --root "$work/rpm" --initdb
	rpm --root "$work/rpm" --install --nodeps --noscripts "$rpm"
	rpm --root "$work/rpm" --verify --nodeps --nouser --nogroup tpops || fail "rpm --verify"
	echo '# mine' >>"$work/rpm/etc/tpops/tpops.toml"
	rpm --root "$work/rpm" --upgrade --replacepkgs --nodeps --noscripts "$rpm"
	grep -q '# mine' "$work/rpm/etc/tpops/tpops.toml" || fail "an upgrade lost the configuration"
	rpm --root "$work/rpm" --erase --nodeps --noscripts tpops 2>/dev/null
	left=$(cd "$work/rpm" && find . -type f -not -path './var/lib/rpm/*' -not -path './root/*' -not -path './usr/lib/sysimage/*')
	[ "$left" = ./etc/tpops/tpops.toml.rpmsave ] || fail "left after removal: $left"
}

scripts
build
find_packages
linters
contents
pam
unpack
units
system
files
install_rpm
step good
