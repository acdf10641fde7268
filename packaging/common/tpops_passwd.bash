# bash completion for tpops_passwd(8)

_tpops_passwd() {
	local cur prev words cword
	_init_completion || return
	if [[ $prev == --hash ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'SCRAM-SHA-256 SCRAM-SHA-1' -- "$cur")
		return
	fi
	case $cur in
	-*) mapfile -t COMPREPLY < <(compgen -W '-f -d -l --hash --iterations --help --version' -- "$cur") ;;
	*)
		# After -d comes a name, which only the file knows.
		[[ $prev == -d ]] || _filedir
		;;
	esac
} &&
	complete -F _tpops_passwd tpops_passwd
