# Read by the prepare scripts of ref and exim: the twelve keys of `set` as shell variables. Whatever is not
# known here is unsupported by name (77), so that nothing is ever swallowed.

unsupported() {
    echo "$1"
    exit 77
}

# A list of the language from words separated by blanks or commas.
as_list() {
    echo "$1" | tr ',' ' ' | sed 's/^ *//; s/ *$//; s/  */ : /g'
}

yes_or_no() { # KEY VALUE
    case $2 in
        yes | no) echo "$2" ;;
        *) return 1 ;;
    esac
}

accept_rcpt='u@test.ex v@test.ex'
relay_from=
client_trust=none
limit_size=
queue_only=
routes=
for feature in pipelining early chunking 8bitmime smtputf8 dsn size starttls tickets auth requiretls; do
    eval "advertise_$feature="
done

while IFS= read -r line; do
    key=${line%% = *}
    value=${line#* = }
    case $key in
        accept.rcpt) accept_rcpt=$value ;;
        relay.from) relay_from=$value ;;
        client.trust)
            case $value in
                none | relay | local) client_trust=$value ;;
                *) unsupported "$line" ;;
            esac ;;
        limit.size)
            case $value in
                '' | *[!0-9]*) unsupported "$line" ;;
                *) limit_size=$value ;;
            esac ;;
        queue_only) queue_only=$(yes_or_no "$key" "$value") || unsupported "$line" ;;
        route.*) routes="$routes${key#route.} $value
" ;;
        advertise.pipelining | advertise.early | advertise.chunking | advertise.8bitmime | advertise.smtputf8 | \
            advertise.dsn | advertise.size | advertise.starttls | advertise.tickets | advertise.auth | \
            advertise.requiretls)
            value=$(yes_or_no "$key" "$value") || unsupported "$line"
            eval "advertise_${key#advertise.}=\$value" ;;
        '') ;;
        *) unsupported "$line" ;;
    esac
done < "$ASSAY_SET"
