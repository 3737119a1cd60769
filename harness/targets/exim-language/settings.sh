# Read by the prepare scripts of ref and exim: the keys of `set` as shell variables. Whatever is not
# known here is unsupported by name (77), so that nothing is ever swallowed.

unsupported() {
    echo "$1"
    exit 77
}

# A list of the language from words separated by blanks or commas.
as_list() ( # WORDS SEPARATOR
    set -f
    IFS=', '
    list=
    for item in $1; do
        [ -z "$item" ] || list="${list:+$list ${2:-:} }$item"
    done
    echo "$list"
)

yes_or_no() { # KEY VALUE
    case $2 in
        yes | no) echo "$2" ;;
        *) return 1 ;;
    esac
}

# The lines of the main section that TLS needs, for a program of that library; nothing where no TLS is asked
# for. Certificate and key are copied to where the program may read them.
tls_options() { # LIBRARY OWNER
    if [ "$advertise_starttls" != yes ] && [ -z "$tls_on_connect" ]; then
        return
    fi
    [ -r "$ASSAY_CA/$tls_cert.key" ] || unsupported "tls.cert = $tls_cert"
    for file in ca.crt "$tls_cert.crt" "$tls_cert.key"; do
        cp "$ASSAY_CA/$file" "$ASSAY_WORK/$file"
        [ -z "$2" ] || chown "$2" "$ASSAY_WORK/$file"
        chmod 600 "$ASSAY_WORK/$file"
    done
    echo "tls_certificate = $ASSAY_WORK/$tls_cert.crt"
    echo "tls_privatekey = $ASSAY_WORK/$tls_cert.key"
    echo "tls_advertise_hosts = $([ "$advertise_starttls" != yes ] || echo '*')"
    [ -z "$tls_on_connect" ] || echo "tls_on_connect_ports = $ASSAY_PORT_SMTPS"
    [ "$advertise_tickets" != yes ] || echo 'tls_resumption_hosts = *'
    tls_versions "$1"
}

tls_versions() { # LIBRARY
    [ -n "$tls_min$tls_max" ] || return 0
    wanted=
    refused=
    for version in 1.0 1.1 1.2 1.3; do
        below=$(printf '%s\n%s\n' "$version" "${tls_min:-1.2}" | sort | head -n 1)
        above=$(printf '%s\n%s\n' "$version" "${tls_max:-1.3}" | sort | tail -n 1)
        if { [ "$below" = "$version" ] && [ "$version" != "${tls_min:-1.2}" ]; } ||
            { [ "$above" = "$version" ] && [ "$version" != "${tls_max:-1.3}" ]; }; then
            refused="$refused +no_tlsv$(echo $version | sed 's/1\.0/1/; s/\./_/')"
        else
            wanted="$wanted:+VERS-TLS$version"
        fi
    done
    if [ "$1" = gnutls ]; then
        echo "tls_require_ciphers = NORMAL:-VERS-ALL$wanted"
    else
        echo "openssl_options =$refused"
    fi
}

accept_rcpt='u@test.ex v@test.ex'
hostname=mx.test.ex
relay_from=
client_trust=none
limit_size=
queue_only=
retry_every=
retry_give_up=
retry_warn=
routes=
tls_cert=mx.test.ex
tls_library=
tls_min=
tls_max=
tls_on_connect=
for feature in pipelining early chunking 8bitmime smtputf8 dsn size starttls tickets auth requiretls; do
    eval "advertise_$feature="
done

while IFS= read -r line; do
    key=${line%% = *}
    value=${line#* = }
    case $key in
        accept.rcpt) accept_rcpt=$value ;;
        hostname) hostname=$value ;;
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
        tls.cert) tls_cert=$value ;;
        tls.library)
            case $value in
                openssl | gnutls) tls_library=$value ;;
                *) unsupported "$line" ;;
            esac ;;
        tls.min | tls.max)
            case $value in
                1.0 | 1.1 | 1.2 | 1.3) eval "tls_${key#tls.}=\$value" ;;
                *) unsupported "$line" ;;
            esac ;;
        tls.on_connect)
            [ "$value" = smtps ] || unsupported "$line"
            tls_on_connect=$value ;;
        queue_only) queue_only=$(yes_or_no "$key" "$value") || unsupported "$line" ;;
        retry.every | retry.give_up | retry.warn)
            case $value in
                *[!0-9smhd]* | [smhd]*) unsupported "$line" ;;
                *[smhd]) eval "retry_${key#retry.}=\$value" ;;
                *) unsupported "$line" ;;
            esac ;;
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
