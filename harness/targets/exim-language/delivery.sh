# Read by the prepare scripts of ref and exim, behind settings.sh: the routers, transports and retry rules
# that `set` asks for. Both programs read one language, so both get one text.

# A router for each `set route.DOMAIN`.
routers_of_routes() {
    number=0
    echo "$routes" | while read -r domain where rest; do
        [ -n "$domain" ] || continue
        [ -z "$rest" ] || exit 77
        number=$((number + 1))
        if [ "$where" = dns ]; then
            # RFC 5321 5.1: where no host is better than ourselves the mail is returned; both would freeze it
            printf 'route_%s:\n  driver = dnslookup\n  domains = %s\n' "$number" "$domain"
            printf '  self = fail\n  transport = remote\n'
        else
            printf 'route_%s:\n  driver = manualroute\n  domains = %s\n' "$number" "$domain"
            printf '  route_data = %s::%s\n  self = send\n' "${where%:*}" "${where##*:}"
            printf '  transport = remote\n'
        fi
    done
}

# The local mailboxes, apart for the router: Exim uses what was looked up, never what the client said.
split_mailboxes() {
    locals=
    domains=
    for address in $(IFS=', ' && echo $accept_rcpt); do
        case $address in
            *@*) ;;
            *) unsupported "accept.rcpt = $address" ;;
        esac
        locals="$locals ${address%@*}"
        case " $domains " in
            *" ${address#*@} "*) ;;
            *) domains="$domains ${address#*@}" ;;
        esac
    done
}

# The sections from `begin routers` on. OWNER: whose the mailboxes are, empty: the server's own.
# REMOTE: further lines of the smtp transport.
delivery_sections() { # OWNER REMOTE
    routers=$(routers_of_routes) || unsupported "route.*: more than a place"
    cat << END
begin routers
$routers
boxes:
  driver = accept
  domains = $(as_list "$domains") : mx.test.ex
  local_parts = $(as_list "$locals") : postmaster
  transport = local
begin transports
remote:
  driver = smtp
  allow_localhost
$2
local:
  driver = appendfile
  directory = $ASSAY_WORK/mail/\$local_part_data@\$domain_data
  maildir_format
  create_directory
  return_path_add
${1:+  user = $1}
begin retry
END
    # Without a rule the first failure is the last.
    case $retry_give_up in
        0[smhd]) ;;
        *) echo "* * F,${retry_give_up:-1d},${retry_every:-10s}" ;;
    esac
}
