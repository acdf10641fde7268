# bash completion for tpopsctl(8), written by "make man"

_tpopsctl() {
	local cur prev words cword all
	_init_completion || return
	all=("${words[@]}") words=
	if [[ $cword -eq 1 ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'accept ban check deleted doctor expire-deleted export import import-config import-passwd kick sessions set-aside set-back setup stats top trace tripwire undo usage verify --help --version' -- "$cur")
		return
	fi
	case ${all[1]}:$prev in
	accept:--config | accept:-f)
		_filedir
		return
		;;
	ban:--socket)
		_filedir
		return
		;;
	check:--config | check:-f)
		_filedir
		return
		;;
	check:--socket)
		_filedir
		return
		;;
	deleted:--config | deleted:-f)
		_filedir
		return
		;;
	deleted:--maildir)
		_filedir
		return
		;;
	doctor:--config | doctor:-f)
		_filedir
		return
		;;
	expire-deleted:--config | expire-deleted:-f)
		_filedir
		return
		;;
	expire-deleted:--logins)
		_filedir
		return
		;;
	export:--config | export:-f)
		_filedir
		return
		;;
	export:--control-dir)
		_filedir
		return
		;;
	export:--doveconf)
		_filedir
		return
		;;
	export:--logins)
		_filedir
		return
		;;
	export:--to) words='dovecot courier' ;;
	import:--accounts)
		_filedir
		return
		;;
	import:--config | import:-f)
		_filedir
		return
		;;
	import:--control-dir)
		_filedir
		return
		;;
	import:--doveconf)
		_filedir
		return
		;;
	import:--from) words='dovecot courier qmail tpop3d solid-pop3d teapop tpops08 pop3' ;;
	import:--logins)
		_filedir
		return
		;;
	import:--tls) words='no stls implicit' ;;
	import:--tls-ca)
		_filedir
		return
		;;
	import-config:--from) words='tpops08 dovecot courier' ;;
	import-config:--output | import-config:-o)
		_filedir
		return
		;;
	kick:--socket)
		_filedir
		return
		;;
	sessions:--socket)
		_filedir
		return
		;;
	set-aside:--config | set-aside:-f)
		_filedir
		return
		;;
	set-aside:--maildir)
		_filedir
		return
		;;
	set-back:--config | set-back:-f)
		_filedir
		return
		;;
	set-back:--maildir)
		_filedir
		return
		;;
	setup:--mail-root)
		_filedir
		return
		;;
	setup:--mysql-passwd-file)
		_filedir
		return
		;;
	setup:--tls-cert)
		_filedir
		return
		;;
	setup:--tls-key)
		_filedir
		return
		;;
	setup:--users) words='system file mysql' ;;
	stats:--socket)
		_filedir
		return
		;;
	top:--socket)
		_filedir
		return
		;;
	top:--sort) words='user address since state octets rate messages' ;;
	trace:--socket)
		_filedir
		return
		;;
	tripwire:--config | tripwire:-f)
		_filedir
		return
		;;
	tripwire:--logins)
		_filedir
		return
		;;
	undo:--config | undo:-f)
		_filedir
		return
		;;
	undo:--maildir)
		_filedir
		return
		;;
	usage:--config | usage:-f)
		_filedir
		return
		;;
	usage:--if) words='tls-min-version=1.3 plaintext-login=no sasl-mechanisms=none apop=no' ;;
	verify:--server-tls) words='no stls implicit' ;;
	verify:--tls) words='no stls implicit' ;;
	verify:--tls-ca)
		_filedir
		return
		;;
	verify:--users)
		_filedir
		return
		;;
	esac
	[[ -n $words ]] || case ${all[1]}:$cur in
	accept:-*) words='--config -f --help' ;;
	accept:*)
		_filedir
		return
		;;
	ban:-*) words='--all --for --json --socket --user --help' ;;
	ban:*) words='list add lift show' ;;
	check:-*) words='--address --config -f --json --offline --password --socket --help' ;;
	deleted:-*) words='--config -f --json --maildir --help' ;;
	doctor:-*) words='--config -f --deep --fix --jobs --json --user --users --help' ;;
	doctor:*)
		_filedir
		return
		;;
	expire-deleted:-*) words='--all --config -f --jobs --logins --older-than --help' ;;
	expire-deleted:*)
		_filedir
		return
		;;
	export:-*) words='--apply --config -f --control-dir --doveconf --force --jobs --json --logins --to --uidl-format --users --help' ;;
	export:*)
		_filedir
		return
		;;
	import:-*) words='--accounts --apply --config -f --content --control-dir --doveconf --force --from --jobs --json --logins --replace --server --tls --tls-ca --uidl-format --users --help' ;;
	import:*)
		_filedir
		return
		;;
	import-config:-*) words='--force -f --from --keep-going -k --output -o --help' ;;
	import-config:*)
		_filedir
		return
		;;
	import-passwd:-*) words='--force -f --help' ;;
	import-passwd:*)
		_filedir
		return
		;;
	kick:-*) words='--address --json --session --socket --user --help' ;;
	sessions:-*) words='--address --json --socket --user --help' ;;
	set-aside:-*) words='--config -f --json --list --maildir --help' ;;
	set-back:-*) words='--config -f --json --maildir --help' ;;
	setup:-*) words='--dry-run --login --mail-root --mysql-db --mysql-passwd-file --mysql-server --mysql-user --no-start --no-tls --port --tls-cert --tls-key --tls-port --users --yes -y --help' ;;
	stats:-*) words='--json --socket --help' ;;
	top:-*) words='--address --json --reverse --socket --sort --user --help' ;;
	trace:-*) words='--for --json --limit --socket --help' ;;
	tripwire:-*) words='--all --config -f --jobs --logins --help' ;;
	tripwire:*)
		_filedir
		return
		;;
	undo:-*) words='--config -f --dry-run --json --maildir --session --since --uidl --user --help' ;;
	usage:-*) words='--config -f --if --json --since --user --help' ;;
	verify:-*) words='--against --insecure --jobs --json --lines --server --server-tls --tls --tls-ca --users --help' ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
} &&
	complete -F _tpopsctl tpopsctl
