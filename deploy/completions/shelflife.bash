# bash completion for shelflife; install as share/bash-completion/completions/shelflife
_shelflife() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} judging='--at --policy --catalog --no-embedded'
    local options=
    [ "$command" = certs ] && command="certs ${COMP_WORDS[2]}"
    case $prev in
    --fail-on) options='deny warn never' ;;
    --mode) options='policy enforce warn audit off' ;;
    --log-format) options='json text' ;;
    -o | --output) [ "$command" = review ] && options=json || options='table json' ;;
    --dir) mapfile -t COMPREPLY < <(compgen -d -- "$cur") && return ;;
    --policy | --catalog | --tls-cert | --tls-key | --client-ca | --ca | --ca-key)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
    --at | --listen | --probe-listen | --max-body | --max-connections | --*-timeout | --grace-period | \
        --reload-interval | --days | --ca-days | -n | --namespace) return ;;
    esac
    if [ -z "$options" ]; then
        case $command in
        serve) options="$judging --listen --probe-listen --no-probes --tls-cert --tls-key --client-ca --max-body
            --max-connections --header-timeout --body-timeout --idle-timeout --grace-period --reload-interval
            --log-format --log-reviews --help" ;;
        explain) options="$judging --fail-on --namespace --output --help" ;;
        review) options="$judging --fail-on --mode --output --help" ;;
        'certs init') options='--dir --days --ca-days --keep-ca-key --ca --ca-key --force --help' ;;
        'certs show' | version) options=--help ;;
        esac
        case $COMP_CWORD:$command in
        1:*) options='serve explain review certs version help' ;;
        2:certs*) options='init show' ;;
        *:review | *:'certs show')
            [[ $cur == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return; } ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
}
complete -o filenames -F _shelflife shelflife
