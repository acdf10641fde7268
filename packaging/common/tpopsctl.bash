# bash completion for tpopsctl(8)

_tpopsctl() {
	local cur prev words cword
	_init_completion || return
	if [[ $cword -eq 1 ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'accept export import import-config import-passwd kick sessions trace tripwire verify --help --version' -- "$cur")
		return
	fi
	case ${words[1]}:$cur in
	accept:-*) mapfile -t COMPREPLY < <(compgen -W '-f --config --help' -- "$cur") ;;
	import:-*)
		mapfile -t COMPREPLY < <(compgen -W '--from --apply --replace --force --users --logins -f --config --jobs --json
			--uidl-format --doveconf --control-dir --content --server --accounts --tls --tls-ca --help' -- "$cur")
		;;
	import-config:-*) mapfile -t COMPREPLY < <(compgen -W '-f --force -k --keep-going --from=tpops08 --from=dovecot --from=courier -o --output --help' -- "$cur") ;;
	export:-*)
		mapfile -t COMPREPLY < <(compgen -W '--to --apply --force --users --logins -f --config --jobs --json
			--uidl-format --doveconf --control-dir --help' -- "$cur")
		;;
	verify:-*)
		mapfile -t COMPREPLY < <(compgen -W '--against --server --users --tls --server-tls --tls-ca --insecure --jobs --lines --json --help' -- "$cur")
		;;
	import-passwd:-*) mapfile -t COMPREPLY < <(compgen -W '-f --force --help' -- "$cur") ;;
	kick:-*) mapfile -t COMPREPLY < <(compgen -W '--session --user --address --json --socket --help' -- "$cur") ;;
	sessions:-*) mapfile -t COMPREPLY < <(compgen -W '--user --address --json --socket --help' -- "$cur") ;;
	trace:-*) mapfile -t COMPREPLY < <(compgen -W '--for --limit --json --socket --help' -- "$cur") ;;
	tripwire:-*) mapfile -t COMPREPLY < <(compgen -W '--all --logins -f --config --jobs --help' -- "$cur") ;;
	*) _filedir ;;
	esac
} &&
	complete -F _tpopsctl tpopsctl
