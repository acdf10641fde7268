# fish completion for tpopsctl(8)
complete -c tpopsctl -n __fish_use_subcommand -f
complete -c tpopsctl -n __fish_use_subcommand -l help -d 'Print how it is used'
complete -c tpopsctl -n __fish_use_subcommand -l version -d 'Print the version'
complete -c tpopsctl -n __fish_use_subcommand -a import-config -d 'Turn a configuration of TPOPS 0.8 into one of today'
complete -c tpopsctl -n __fish_use_subcommand -a import-passwd -d 'Take over the APOP passwords of TPOPS 0.8'
complete -c tpopsctl -n '__fish_seen_subcommand_from import-config import-passwd' -s f -l force -d 'Replace a file that is there'
complete -c tpopsctl -n '__fish_seen_subcommand_from import-config import-passwd' -l help -d 'Print how it is used'
complete -c tpopsctl -n '__fish_seen_subcommand_from import-config' -s o -l output -r -F -d 'Write this file'
