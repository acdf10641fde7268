# bash completion for tpopsctl(8)

_tpopsctl() {
	local cur prev words cword
	_init_completion || return
	if [[ $cword -eq 1 ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'import import-config import-passwd --help --version' -- "$cur")
		return
	fi
	case ${words[1]}:$cur in
	import:-*)
		mapfile -t COMPREPLY < <(compgen -W '--from --apply --replace --force --users --logins -f --config --jobs --json
			--uidl-format --doveconf --control-dir --content --server --accounts --tls --tls-ca --help' -- "$cur")
		;;
	import-config:-*) mapfile -t COMPREPLY < <(compgen -W '-f --force -o --output --help' -- "$cur") ;;
	import-passwd:-*) mapfile -t COMPREPLY < <(compgen -W '-f --force --help' -- "$cur") ;;
	*) _filedir ;;
	esac
} &&
	complete -F _tpopsctl tpopsctl
