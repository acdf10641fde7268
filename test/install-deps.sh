#!/bin/sh
# Installs what this machine lacks, with apt, as root or through sudo. It does nothing when
# all is there. No service that comes with a package is started. The argument names what for:
#
#	test      make test
#	image     make check-image
#	cluster   make cluster
#	nfs       make cluster-nfs
#	bench     the benchmark
#	oss-fuzz  make oss-fuzz
#	release   a release
set -eu

# package, colon, what it is for
test_packages='
gcc: the race detector needs cgo
libc6-dev: the race detector needs cgo
libpam0g-dev: the program that asks PAM
libpam-modules: modules of PAM to test with
shellcheck: checks the shell scripts
curl: a mail client to test with
dovecot-core: doveadm checks what is stored of passwords, and makes it; dovecot-lda compresses and encrypts mail
fetchmail: a mail client to test with
getmail6: a mail client to test with
mpop: a mail client to test with
mutt: a mail client to test with
python3: a mail client to test with (poplib)
perl: a mail client to test with (Net::POP3), and crypt(3)
ruby: a mail client to test with (net/pop)
whois: mkpasswd, which makes password hashes with crypt(3)
tinycdb: reads the file that tpops_passwd writes
gdbmtool: dumps a GDBM file, as 0.8 kept its passwords in
db5.3-util: makes and dumps a file of Berkeley DB, as 0.8 may have kept its passwords in
mariadb-server: a database to test auth-type=mysql with
openbsd-inetd: a classic inetd to serve under
haproxy: a load balancer in front of the server
iproute2: networks of hosts to test in
procps: pgrep and kill
e2fsprogs: chattr, which makes a directory that root cannot change
rsync: moves a mailbox to another server
galera-4: a node of a database cluster
systemd: systemd-analyze and systemd-socket-activate
systemd-container: systemd-nspawn, which boots a machine to test in
debootstrap: makes the machines to test in
mandoc: checks the manual pages
groff: checks the manual pages
lintian: checks the .deb
rpm: builds a root for the .rpm
rpmlint: checks the .rpm
cpio: unpacks the .rpm
file: looks at what is in the packages
fail2ban: fail2ban-regex and fail2ban-server, which test our filter
python3-systemd: fail2ban reads the journal with it
systemd-journal-remote: makes a journal for fail2ban to read
prometheus: promtool, which checks our metrics and alert rules
logrotate: rotates the access log in a test
apparmor: apparmor_parser, which checks our profile
zsh: checks the completion
fish: checks the completion
openssl: a client to test TLS with
dovecot-pop3d: a server to be a proxy for
dovecot-mysql: a server with users in MySQL, to take over from
dovecot-imapd: an IMAP server that renames messages while they are listed
dovecot-sqlite: users in SQLite behind Dovecot
sqlite3: makes the database of these users
dovecot-lmtpd: delivers mail into Maildirs that both servers serve
strace: shows which system calls are refused
maildrop: delivers mail into Maildirs, for the soak
procmail: delivers mail into Maildirs, for the soak
'
image_packages='
qemu-user: runs the programs for arm64
systemd-container: boots machines with podman
debootstrap: makes these machines
'
cluster_packages='
haproxy: the load balancers
keepalived: moves the address between the load balancers
mariadb-server: the databases
galera-4: makes a cluster of them
iproute2: the network of the hosts
rsync: copies the data to a new node, and moves a mailbox
procps: pgrep, which finds out whether HAProxy runs
'
nfs_packages='
qemu-system-x86: the virtual machine
kmod: finds the modules of its kernel
cpio: makes its first file system
busybox-static: its programs
e2fsprogs: makes the file system that it exports
iproute2: the network of the hosts
nfs-common: mounts
nfs-kernel-server: the file server
procmail: delivers mail
'
bench_packages='
dovecot-pop3d: a server to compare with
debootstrap: installs Dovecot 2.4 of Debian 13 in a folder
strace: counts system calls
'

release_packages='
gcc: the program that asks PAM
libc6-dev: the program that asks PAM
libpam0g-dev: the program that asks PAM
gcc-aarch64-linux-gnu: the program that asks PAM, for arm64
libpam0g-dev:arm64: the program that asks PAM, for arm64
qemu-user: runs the programs for arm64 in a test
openssh-client: ssh-keygen signs the checksums
rpm: reads the packages
cpio: unpacks the packages
gpg: signs the repositories
gpg-agent: signs the repositories
apt-utils: the index of the repository for apt
createrepo-c: the index of the repository for dnf
dnf: installs from the repository in a test
systemd-container: boots a machine to install in
debootstrap: makes the machine
'

oss_fuzz_packages='
clang: compiles the fuzz targets
libclang-rt-dev: libFuzzer
python3: unpacks their seeds
'

# missing prints the lines of the list $1 whose package is not installed.
missing() {
	printf '%s\n' "$1" | while read -r line; do
		package=${line%%: *}
		[ -n "$package" ] || continue
		architecture=$(dpkg --print-architecture 2>/dev/null || true)
		[ "$package" = "${package#*:}" ] || architecture=${package#*:}
		# A package may be installed for several architectures.
		dpkg-query -W -f '${db:Status-Status} ${Architecture}\n' "$package" 2>/dev/null |
			grep -qxE "installed (all|$architecture)" || printf '%s\n' "$line"
	done
}

# as_root runs a command as root.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

case ${1-} in
test) wanted=$(missing "$test_packages") ;;
image) wanted=$(missing "$image_packages") ;;
cluster) wanted=$(missing "$cluster_packages") ;;
nfs) wanted=$(missing "$nfs_packages") ;;
bench) wanted=$(missing "$bench_packages") ;;
oss-fuzz) wanted=$(missing "$oss_fuzz_packages") ;;
release)
	wanted=$(missing "$release_packages")
	case $wanted in
	*:arm64:*) as_root dpkg --add-architecture arm64 ;;
	esac
	;;
*)
	echo "usage: install-deps.sh test|image|cluster|nfs|bench|oss-fuzz|release" >&2
	exit 64
	;;
esac
[ -n "$wanted" ] || exit 0

echo "These Debian packages are missing and will be installed with apt:"
printf '%s\n' "$wanted" | sed 's/^\([^ ]*\): */  \1 - /'
if ! command -v apt-get >/dev/null; then
	echo "There is no apt here: please install them by hand." >&2
	exit 69
fi
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "Please run this as root: $(realpath "$0") $1" >&2
		exit 77
	fi
	echo "This needs root; sudo may ask for your password."
fi
packages=$(printf '%s\n' "$wanted" | sed 's/: .*//' | tr '\n' ' ')
# shellcheck disable=SC2086 # The list is to be split.
as_root sh "$(dirname "$0")/apt-install.sh" $packages
