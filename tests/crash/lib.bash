# Sourced: a configuration that delivers to a mailbox, a maildir and a queuefile directory, and what is there of
# each message. Sets work; the script says how it ends.
set -euo pipefail
work=$(mktemp -d "${TMPDIR:-/tmp}/crash-XXXXXX")
daemon=
cleanup() {
    if [[ -n $daemon ]]; then
        kill -KILL -- "-$daemon" 2>/dev/null || true
    fi
    [[ -n ${KEEP:-} ]] || rm -rf "$work"
}
trap cleanup EXIT
fail() {
    echo "$0: $*" >&2
    exit 1
}
config=$work/refmta.conf
cat >"$config" <<END
primary_hostname = mx.test.ex
spool_directory = $work/spool
log_file_path = $work/log/%slog
local_interfaces = <; [127.0.0.1]:0
timezone = UTC
queue_run_max = 1
dsn_advertise_hosts = *
acl_smtp_rcpt = accept domains = test.ex
begin routers
scan:
  driver = accept
  local_parts = scan
  transport = scan
dir:
  driver = accept
  local_parts = dir
  transport = dir
box:
  driver = accept
  local_parts = box : s
  set = r_x = y
  transport = box
begin transports
scan:
  driver = queuefile
  directory = $work/out
dir:
  driver = appendfile
  directory = $work/mail/dir
  maildir_format
box:
  driver = appendfile
  file = $work/mail/\$local_part_data
  # two reports at once: the second does not wait three seconds for the lock of the first
  lock_interval = 0s
  lock_retries = 1000
begin retry
* * F,4d,1s
END

places_make() {
    rm -rf "$work/spool" "$work/out" "$work/mail" "$work/log"
    mkdir "$work/out" "$work/mail" "$work/log"
}

# copies ID LOCAL: how often that message is in that mailbox.
copies() {
    case $2 in
        scan) [[ -e $work/out/$1-H && -e $work/out/$1-D ]] && echo 1 || echo 0 ;;
        dir) cat "$work"/mail/dir/new/* 2>/dev/null | grep -cE $'^\tid '"$1"'(;|$)' || true ;;
        *) grep -cE $'^\tid '"$1"'(;|$)' "$work/mail/$2" 2>/dev/null || true ;;
    esac
}

# recorded: "ID LOCAL COPIES" of every delivery that the spool knows of: in a whole line of -J, or in the tree of -H.
recorded() {
    local file id address
    for file in "$work"/spool/input/*-[HJ]; do
        [[ -e $file ]] || continue
        id=${file##*/}
        id=${id%-?}
        if [[ $file == *-J ]]; then
            awk 'NR > 1 { print line } { line = $0 }' "$file"
            [[ -n $(tail -c 1 "$file") ]] || tail -n 1 "$file"
        else
            sed -n 's/^[YN][YN] //p' "$file"
        fi | sed -E '/^(dsn|told)\t/d' | sort -u | while read -r address; do
            echo "$id ${address%@*} $(copies "$id" "${address%@*}")"
        done
    done | sort -u
}

# Lock files are taken away when they are old: as if that time had passed.
locks_age() {
    find "$work/mail" -name '*.lock' -exec touch -d @1000000000 {} +
}

# repeated FILE: lines of `recorded` for which there is a copy more now.
repeated() {
    local id local_part count
    while read -r id local_part count; do
        [[ $(copies "$id" "$local_part") -le $count ]] || echo "$id to $local_part"
    done <"$1"
}
