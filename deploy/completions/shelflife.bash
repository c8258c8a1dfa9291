# bash completion for shelflife; install as share/bash-completion/completions/shelflife
_shelflife() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]} judging='--at --policy --catalog --no-embedded --catalog-key --ca-file --cache-dir
        --max-catalog --min-serial --auth-file --registry-ca --plain-http --hosts-dir'
    local options=
    [ "$command" = inventory ] && command="inventory ${COMP_WORDS[2]}"
    [ "$command" = certs ] && command="certs ${COMP_WORDS[2]}"
    [ "$command" = catalog ] && command="catalog ${COMP_WORDS[2]}"
    [ "$command" = 'catalog export' ] && command="catalog export ${COMP_WORDS[3]}"
    [ "$command" = 'catalog import' ] && command="catalog import ${COMP_WORDS[3]}"
    case $prev in
    --fail-on) [ "$command" = 'catalog diff' ] && options='phase change never' || options='deny warn never' ;;
    --mode) options='policy enforce warn audit off' ;;
    --log-format) options='json text' ;;
    --format) options='csv cyclonedx' ;;
    -o | --output)
        case $command in
        review) options='json table' ;;
        audit) options='table wide json csv markdown junit sarif policyreport openreports prometheus html' ;;
        'catalog fetch' | 'inventory merge' | 'inventory update') mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
        'catalog diff') options='table json markdown' ;;
        *) options='table json' ;;
        esac ;;
    --dir | --cache-dir | --feed-dir | --hosts-dir) mapfile -t COMPREPLY < <(compgen -d -- "$cur") && return ;;
    --policy | --catalog | --inventory | --auth-file | --registry-ca | --tls-cert | --tls-key | --client-ca | --ca | --ca-key | --catalog-key | \
        --ca-file | --key | --signature | --changelog | --tags | --images | --into | --compare | --baseline | --write-baseline | \
        --kubeconfig | -f | --filename)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return ;;
    --at | --as | --platform | --plain-http | --listen | --probe-listen | --max-body | --review-memory | --max-catalog | --max-feed | --min-serial | --max-connections | --*-timeout | --grace-period | \
        --reload-interval | --catalog-interval | --self-managed-tls* | --days | --ca-days | -n | --namespace | --product | \
        --repository | --tag | --part | --name | --as-of | --within | -l | --selector | --field-selector | \
        --context | --cluster | --user | --reports-owner | --configmap | --parts | --write-interval | --refresh | --keep | \
        --threads | -i | --image) return ;;
    esac
    if [ -z "$options" ]; then
        case $command in
        serve) options="$judging --inventory --listen --probe-listen --no-probes --tls-cert --tls-key --client-ca
            --self-managed-tls --self-managed-tls-webhook --self-managed-tls-name --self-managed-tls-lifetime
            --kubeconfig --max-body --review-memory --max-connections --header-timeout --body-timeout --idle-timeout --grace-period --reload-interval
            --catalog-interval --log-format --log-reviews --no-sandbox --help" ;;
        explain) options="$judging --inventory --fail-on --namespace --output --help" ;;
        inspect) options="$judging --inventory --fail-on --platform --offline --as --namespace --output --help" ;;
        audit) options="$judging --inventory --inspect --platform --fail-on --within --forecast --compare --mode --baseline --write-baseline --all --history
            --output --filename --images --namespace --all-namespaces --selector --field-selector --kubeconfig
            --context --cluster --user --in-cluster --write-reports --reports-owner --write-events --print-rbac --help" ;;
        review) options="$judging --inventory --fail-on --mode --compare --output --help" ;;
        'certs init') options='--dir --days --ca-days --keep-ca-key --ca --ca-key --force --help' ;;
        'certs show') options=--help ;;
        version) options='--verbose --help' ;;
        'catalog list' | 'catalog show') options="$judging --output --help" ;;
        'catalog lint') options='--tags --output --help' ;;
        'catalog diff') options="$judging --images --output --fail-on --help" ;;
        'catalog import '*) options='--into --product --repository --tag --part --identifiers --name --as-of --ca-file --help' ;;
        'catalog update') options='--accept --dry-run --key --changelog --feed-dir --as-of --ca-file --max-feed --help' ;;
        'catalog sign' | 'catalog verify') options='--key --signature --help' ;;
        'catalog export vap') options="$judging --name --help" ;;
        'catalog export '*) options="$judging --product --help" ;;
        'inventory update') options="$judging --output --configmap --parts --filename --images --watch --write-interval --refresh
            --keep --inventory --platform --pull-secrets --threads --namespace --kubeconfig --context --cluster --user
            --in-cluster --log-format --print-rbac --help" ;;
        'catalog push' | 'inventory push') options='--key --signature --auth-file --registry-ca --plain-http --hosts-dir --help' ;;
        'inventory show') options='--image --output --help' ;;
        'inventory merge') options='--output --help' ;;
        'inventory export') options="$judging --format --help" ;;
        'catalog fetch') options='--catalog-key --unsigned --ca-file --max-catalog --output --help' ;;
        esac
        case $COMP_CWORD:$command in
        1:*) options='serve explain inspect audit review catalog inventory certs version help' ;;
        2:certs*) options='init show' ;;
        2:inventory*) options='update show merge export push' ;;
        2:catalog*) options='list show lint import update diff sign verify fetch push export' ;;
        3:'catalog import'*) options='endoflife google aws-dlc distro-info node-releases cle openeox' ;;
        3:'catalog export'*) options='vap cle openeox' ;;
        *:audit | *:review | *:'inventory '* | *:'certs show' | *:'catalog lint' | *:'catalog diff' | *:'catalog import '* | \
            *:'catalog update' | *:'catalog sign' | *:'catalog verify')
            [[ $cur == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$cur") && return; } ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
}
complete -o filenames -F _shelflife shelflife
