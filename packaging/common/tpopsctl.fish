# fish completion for tpopsctl(8)
complete -c tpopsctl -n __fish_use_subcommand -f
complete -c tpopsctl -n __fish_use_subcommand -l help -d 'Print the help'
complete -c tpopsctl -n __fish_use_subcommand -l version -d 'Print the version'
complete -c tpopsctl -n __fish_use_subcommand -a import-config -d 'Convert a configuration of another server'
complete -c tpopsctl -n __fish_use_subcommand -a import-passwd -d 'Import the APOP passwords of TPOPS 0.8'
complete -c tpopsctl -n '__fish_seen_subcommand_from import-config import-passwd' -s f -l force -d 'Replace an existing file'
complete -c tpopsctl -n '__fish_seen_subcommand_from import-config import-passwd' -l help -d 'Print the help'
complete -c tpopsctl -n '__fish_seen_subcommand_from import-config' -s o -l output -r -F -d 'Write this file'
complete -c tpopsctl -n '__fish_seen_subcommand_from import-config' -s k -l keep-going -d 'Write the file without settings that cannot be kept'
complete -c tpopsctl -n '__fish_seen_subcommand_from import-config' -l from -x -a 'tpops08 dovecot courier' -d 'Kind of the configuration'
