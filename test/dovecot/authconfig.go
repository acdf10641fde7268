package dovecot

// The system in which test/bench/deps.sh installs Dovecot 2.4.
const root24 = "/var/cache/tpops-bench/trixie"

// authConfig is what both versions have in common. It is a format for the folder.
const authConfig = `
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols =
ssl = no
first_valid_uid = 1
auth_verbose = yes
auth_failure_delay = 0
auth_master_user_separator = *
auth_mechanisms = plain login cram-md5 scram-sha-256
service auth {
  unix_listener auth-client {
    mode = 0600
    user = root
  }
  unix_listener auth-userdb {
    mode = 0600
    user = root
  }
}
`

// The users in a file, and the master user in another, for each version.
var authFiles = map[string]string{
	"2.3": `
passdb {
  driver = passwd-file
  master = yes
  args = %[1]s/masters
}
passdb {
  driver = passwd-file
  args = %[1]s/users
}
userdb {
  driver = passwd-file
  args = %[1]s/users
}
`,
	"2.4": `
mail_driver = maildir
mail_path = ~/Maildir
passdb masters {
  driver = passwd-file
  master = yes
  passwd_file_path = %[1]s/masters
}
passdb users {
  driver = passwd-file
  passwd_file_path = %[1]s/users
}
userdb users {
  driver = passwd-file
  passwd_file_path = %[1]s/users
}
`,
}

// inRoot24 starts Dovecot in the folder $1 of another system with the configuration $2.
// The folders that follow are there where they are outside. The mounts end with the
// process.
const inRoot24 = `root=$1 config=$2; shift 2
mount -t tmpfs tmpfs "$root/tmp" && mount --bind /dev "$root/dev" && mount -t tmpfs tmpfs "$root/dev/shm" || exit
for dir; do mkdir -p "$root$dir" && mount --bind "$dir" "$root$dir" || exit; done
mount -t proc proc "$root/proc" && exec chroot "$root" dovecot -F -c "$config"`
