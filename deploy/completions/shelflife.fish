# fish completion for shelflife; install as share/fish/vendor_completions.d/shelflife.fish
set -l commands serve explain audit review catalog certs version
complete -c shelflife -f
complete -c shelflife -n "not __fish_seen_subcommand_from $commands" -a serve -d 'run the admission webhook'
complete -c shelflife -n "not __fish_seen_subcommand_from $commands" -a explain -d 'tell what is known about an image'
complete -c shelflife -n "not __fish_seen_subcommand_from $commands" -a audit -d 'tell what the webhook would do about a cluster or files'
complete -c shelflife -n "not __fish_seen_subcommand_from $commands" -a review -d 'judge recorded admission reviews'
complete -c shelflife -n "not __fish_seen_subcommand_from $commands" -a catalog -d 'list, check, make, sign and ship catalogs'
complete -c shelflife -n "not __fish_seen_subcommand_from $commands" -a certs -d 'make and show certificates'
complete -c shelflife -n "not __fish_seen_subcommand_from $commands" -a version -d 'tell the version and the built-in catalogs'
complete -c shelflife -s h -l help -d 'print help'

set -l judging '__fish_seen_subcommand_from serve explain audit review'
complete -c shelflife -n $judging -l at -x -d 'judge by this day, YYYY-MM-DD'
complete -c shelflife -n $judging -l policy -r -F -d 'judge by this policy'
complete -c shelflife -n $judging -l catalog -r -F -d 'add a catalog, or all of a folder'
complete -c shelflife -n $judging -l no-embedded -d 'leave the built-in catalogs out'
complete -c shelflife -n $judging -l catalog-key -r -F -d 'the key that catalogs at URLs are signed with'
complete -c shelflife -n $judging -l ca-file -r -F -d 'trust these CAs for URLs'
complete -c shelflife -n $judging -l cache-dir -r -F -d 'keep copies of catalogs at URLs here'

set -l asking '__fish_seen_subcommand_from explain audit review'
complete -c shelflife -n $asking -l fail-on -x -a 'deny warn never' -d 'exit with 1 on findings'
complete -c shelflife -n '__fish_seen_subcommand_from explain' -s o -l output -x -a 'table json' -d format
complete -c shelflife -n '__fish_seen_subcommand_from explain' -s n -l namespace -x -d 'judge as in this namespace'
complete -c shelflife -n '__fish_seen_subcommand_from review' -s o -l output -x -a json -d format
complete -c shelflife -n '__fish_seen_subcommand_from review' -l mode -x -a 'policy enforce warn audit off' -d 'as at /validate/MODE'
complete -c shelflife -n '__fish_seen_subcommand_from review' -F

set -l auditing '__fish_seen_subcommand_from audit'
complete -c shelflife -n $auditing -l within -x -d 'find also what changes phase in that time'
complete -c shelflife -n $auditing -l forecast -d 'print the calendar of what is coming'
complete -c shelflife -n $auditing -l compare -r -F -d 'print what --policy would treat otherwise than this one'
complete -c shelflife -n $auditing -l mode -x -a 'policy enforce warn audit off' -d 'where no label says another'
complete -c shelflife -n $auditing -l baseline -r -F -d 'accept the findings in it'
complete -c shelflife -n $auditing -l write-baseline -r -F -d 'write all findings into it'
complete -c shelflife -n $auditing -l all -d 'tell also what is fine'
complete -c shelflife -n $auditing -l history -d 'tell also what is over'
complete -c shelflife -n $auditing -s o -l output -x -a 'table wide json csv markdown junit sarif policyreport openreports prometheus html' -d format
complete -c shelflife -n $auditing -s f -l filename -r -F -d 'read this file or folder'
complete -c shelflife -n $auditing -l images -r -F -d 'a list of images'
complete -c shelflife -n $auditing -s n -l namespace -x -d 'only this namespace'
complete -c shelflife -n $auditing -s A -l all-namespaces -d 'all namespaces'
complete -c shelflife -n $auditing -s l -l selector -x -d 'only objects with these labels'
complete -c shelflife -n $auditing -l field-selector -x -d 'only objects with these fields'
complete -c shelflife -n $auditing -l kubeconfig -r -F -d 'which clusters there are'
complete -c shelflife -n $auditing -l context -x -d 'instead of the current one'
complete -c shelflife -n $auditing -l cluster -x -d "instead of the context's"
complete -c shelflife -n $auditing -l user -x -d "instead of the context's"
complete -c shelflife -n $auditing -l in-cluster -d 'the cluster of this pod'
complete -c shelflife -n $auditing -l write-reports -d 'write PolicyReports into the cluster'
complete -c shelflife -n $auditing -l reports-owner -x -d 'the ClusterRole that those reports go with'
complete -c shelflife -n $auditing -l write-events -d 'write Events about the worst findings'
complete -c shelflife -n $auditing -l print-rbac -d 'print a ClusterRole that allows an audit'
complete -c shelflife -n $auditing -F

set -l serving '__fish_seen_subcommand_from serve'
complete -c shelflife -n $serving -l listen -x -d 'for reviews, with TLS'
complete -c shelflife -n $serving -l probe-listen -x -d 'for probes and metrics'
complete -c shelflife -n $serving -l no-probes -d 'do not open the probe port'
complete -c shelflife -n $serving -l tls-cert -r -F -d 'the serving certificate'
complete -c shelflife -n $serving -l tls-key -r -F -d 'its private key'
complete -c shelflife -n $serving -l self-managed-tls -x -d 'renew the certificate with all replicas, in this Secret'
complete -c shelflife -n $serving -l self-managed-tls-webhook -x -d 'whose caBundles to keep'
complete -c shelflife -n $serving -l self-managed-tls-name -x -d 'DNS name, as the API server calls it'
complete -c shelflife -n $serving -l self-managed-tls-lifetime -x -d 'of a certificate'
complete -c shelflife -n $serving -l kubeconfig -r -F -d 'how self-managed TLS reaches the API server'
complete -c shelflife -n $serving -l client-ca -r -F -d 'demand a client certificate'
complete -c shelflife -n $serving -l max-body -x -d 'of a review, in bytes'
complete -c shelflife -n $serving -l max-connections -x -d 'at once'
complete -c shelflife -n $serving -l header-timeout -x -d 'for handshake and headers'
complete -c shelflife -n $serving -l body-timeout -x -d 'for a body, and for taking the reply'
complete -c shelflife -n $serving -l idle-timeout -x -d 'between requests'
complete -c shelflife -n $serving -l grace-period -x -d 'for draining after SIGTERM'
complete -c shelflife -n $serving -l reload-interval -x -d 'between looks at the files'
complete -c shelflife -n $serving -l catalog-interval -x -d 'between polls of catalogs at URLs'
complete -c shelflife -n $serving -l log-format -x -a 'json text' -d 'of the log'
complete -c shelflife -n $serving -l log-reviews -d 'log every review'

set -l catalog '__fish_seen_subcommand_from catalog'
set -l kinds list show lint import diff sign verify fetch export
complete -c shelflife -n "$catalog; and not __fish_seen_subcommand_from $kinds" -a list -d 'tell the catalogs, their age and next dates'
complete -c shelflife -n "$catalog; and not __fish_seen_subcommand_from $kinds" -a show -d 'draw the releases of a product over time'
complete -c shelflife -n "$catalog; and not __fish_seen_subcommand_from $kinds" -a lint -d 'check catalog files'
complete -c shelflife -n "$catalog; and not __fish_seen_subcommand_from $kinds" -a import -d 'make or update a catalog from endoflife.date'
complete -c shelflife -n "$catalog; and not __fish_seen_subcommand_from $kinds" -a diff -d 'tell what changed'
complete -c shelflife -n "$catalog; and not __fish_seen_subcommand_from $kinds" -a sign -d 'sign a catalog'
complete -c shelflife -n "$catalog; and not __fish_seen_subcommand_from $kinds" -a verify -d "check a catalog's signature"
complete -c shelflife -n "$catalog; and not __fish_seen_subcommand_from $kinds" -a fetch -d 'download a catalog, and check it'
set -l listing "$catalog; and __fish_seen_subcommand_from list show diff"
complete -c shelflife -n $listing -l at -x -d 'judge by this day, YYYY-MM-DD'
complete -c shelflife -n $listing -l policy -r -F -d 'judge by this policy'
complete -c shelflife -n $listing -l catalog -r -F -d 'add a catalog, or all of a folder'
complete -c shelflife -n $listing -l no-embedded -d 'leave the built-in catalogs out'
complete -c shelflife -n $listing -l catalog-key -r -F -d 'the key that catalogs at URLs are signed with'
complete -c shelflife -n $listing -l cache-dir -r -F -d 'keep copies of catalogs at URLs here'
complete -c shelflife -n "$catalog; and __fish_seen_subcommand_from list show diff lint" -s o -l output -x -a 'table json' -d format
complete -c shelflife -n "$catalog; and __fish_seen_subcommand_from lint diff import sign verify" -F
complete -c shelflife -n "$catalog; and __fish_seen_subcommand_from diff" -l images -r -F -d 'tell which change their phase'
complete -c shelflife -n "$catalog; and __fish_seen_subcommand_from diff" -l fail-on -x -a 'phase change never' -d 'exit with 1 on these'
set -l importing "$catalog; and __fish_seen_subcommand_from import"
complete -c shelflife -n $importing -a endoflife -d 'from an answer of endoflife.date'
complete -c shelflife -n $importing -l into -r -F -d 'update this catalog, or make it'
complete -c shelflife -n $importing -l product -x -d 'take this product only'
complete -c shelflife -n $importing -l repository -x -d 'where images of the new product are'
complete -c shelflife -n $importing -l tag -x -d 'how its tags name the version'
complete -c shelflife -n $importing -l part -x -d 'how tags of other images name it'
complete -c shelflife -n $importing -l name -x -d 'of a new catalog'
complete -c shelflife -n $importing -l as-of -x -d 'the day the facts were true'
set -l signing "$catalog; and __fish_seen_subcommand_from sign verify"
complete -c shelflife -n $signing -s k -l key -r -F -d 'the key'
complete -c shelflife -n $signing -l signature -r -F -d 'its file, instead of FILE.sig'
complete -c shelflife -n "$catalog; and not __fish_seen_subcommand_from $kinds" -a export -d 'write what is denied as a Kubernetes policy'
set -l exporting "$catalog; and __fish_seen_subcommand_from export"
complete -c shelflife -n "$exporting; and not __fish_seen_subcommand_from vap" -a vap -d 'as a ValidatingAdmissionPolicy, in CEL'
complete -c shelflife -n $exporting -l name -x -d 'of the objects'
set -l fetching "$catalog; and __fish_seen_subcommand_from fetch"
complete -c shelflife -n $fetching -l catalog-key -r -F -d 'the key that it is signed with'
complete -c shelflife -n $fetching -l unsigned -d 'take it without a signature'
complete -c shelflife -n $fetching -s o -l output -r -F -d 'write it to this file'
complete -c shelflife -n "$catalog; and __fish_seen_subcommand_from import fetch list show diff" -l ca-file -r -F -d 'trust these CAs for URLs'

set -l certs '__fish_seen_subcommand_from certs'
complete -c shelflife -n "$certs; and not __fish_seen_subcommand_from init show" -a init -d 'make a CA and a serving certificate'
complete -c shelflife -n "$certs; and not __fish_seen_subcommand_from init show" -a show -d "tell a certificate's names and expiry"
complete -c shelflife -n "$certs; and __fish_seen_subcommand_from show" -F
set -l init "$certs; and __fish_seen_subcommand_from init"
complete -c shelflife -n $init -l dir -r -F -d 'where to'
complete -c shelflife -n $init -l days -x -d 'how long the certificate is valid'
complete -c shelflife -n $init -l ca-days -x -d 'how long a new CA is'
complete -c shelflife -n $init -l keep-ca-key -d 'write ca.key, too'
complete -c shelflife -n $init -l ca -r -F -d 'sign with this CA'
complete -c shelflife -n $init -l ca-key -r -F -d 'its key'
complete -c shelflife -n $init -l force -d 'replace files that are there'
