# What the scripts here share. Debian's Exim is unpacked by ci/peers, not installed: it runs in a mount and a
# network namespace of its own. Exit status 77: this cannot be shown here, the reason is said.
cross=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
tree=$(realpath "$cross/../../build/peers/exim" 2> /dev/null || true)

skip() {
    echo "skipped: $1"
    exit 77
}

# apart ARGUMENT...: the script begins again with these in namespaces of its own, and there goes on. work: a
# folder of this run.
apart() {
    if [[ -z ${CROSS_INSIDE:-} ]]; then
        [[ -x $tree/usr/sbin/exim4 ]] || skip "build/peers/exim is not there; ci/peers exim brings it"
        [[ $(id -u) = 0 ]] || skip "mounting needs root"
        unshare --mount --net true 2> /dev/null || skip "no namespaces on this machine"
        work=$(mktemp -d)
        trap 'rm -rf "$work"' EXIT
        CROSS_INSIDE=$work unshare --mount --net --propagation private "$0" "$@"
        exit
    fi
    work=$CROSS_INSIDE
    chmod 755 "$work"
    ip link set lo up
}

# with_user FOLDER: passwd and group in it are those of this machine and have the user that Exim insists on.
with_user() {
    { cat /etc/passwd; echo 'Debian-exim:x:990:990::/nonexistent:/bin/false'; } > "$1/passwd"
    { cat /etc/group; echo 'Debian-exim:x:990:'; } > "$1/group"
}

# beside_us: Exim runs from its tree. Its libraries are those of the tree; this machine's come first.
beside_us() {
    with_user "$work"
    mount --bind "$work/passwd" /etc/passwd
    mount --bind "$work/group" /etc/group
    libraries=$(find "$tree" -name '*.so*' -printf '%h\n' | sort -u | tr '\n' ':')
}

# over_us: the tree lies over this machine's /usr and /etc. Its files belong to who unpacked them; a copy gets
# the owner and mode that Exim insists on.
over_us() {
    mkdir -p "$work/tree/usr/sbin" "$work/tree/etc/exim4"
    cp "$tree/usr/sbin/exim4" "$work/tree/usr/sbin/"
    chown root:root "$work/tree/usr/sbin/exim4"
    chmod 4755 "$work/tree/usr/sbin/exim4"
    with_user "$work/tree/etc"
    mount -t overlay overlay -o "lowerdir=$work/tree/usr:$tree/usr:/usr" /usr || skip "no overlay file system"
    mount -t overlay overlay -o "lowerdir=$work/tree/etc:$tree/etc:/etc" /etc
}

# ---- rows, and those that differ on purpose ----

declare -A differs=() met=()
rows=0 same=0 known=0 bad=0

# read_differs NAME: NAME.differs has "why: REASON", then for each row a line and, four blanks in, what refmta
# says.
read_differs() {
    local why='' row='' line
    table=$1
    while IFS= read -r line; do
        case $line in
            '' | '#'*) ;;
            'why: '*) why=${line#why: } ;;
            '    '*) differs[$row]+=${line:4}$'\n' ;;
            *)
                [[ -n $why ]] || { echo "$table.differs: no reason for $line"; exit 1; }
                row=$line
                differs[$row]=''
                ;;
        esac
    done < "$here/$table.differs"
}

complain() { # WHAT ROW
    bad=$((bad + 1))
    printf '\n%s: %s\n' "$1" "$2"
    sed 's/^/  exim: /' "$work/exim"
    sed 's/^/  ours: /' "$work/ours"
}

# judge ROW: what both said to it stands in $work/exim and $work/ours.
judge() {
    met[$1]=1
    if [[ -z ${differs[$1]+there} ]]; then
        if cmp -s "$work/exim" "$work/ours"; then
            same=$((same + 1))
        else
            complain "differs" "$1"
        fi
        return
    fi
    printf '%s' "${differs[$1]}" > "$work/wanted"
    if cmp -s "$work/exim" "$work/ours"; then
        complain "agrees, and $table.differs says that it does not" "$1"
    elif ! cmp -s "$work/wanted" "$work/ours"; then
        complain "differs, but not as $table.differs has it" "$1"
    else
        known=$((known + 1))
    fi
}

# finish WHAT: what rows are, for the last line.
finish() {
    local row
    for row in "${!differs[@]}"; do
        [[ -z ${met[$row]+there} ]] || continue
        echo "$table.differs has a row that $table.rows has not: $row"
        bad=$((bad + 1))
    done
    echo "$rows $1: $same the same, $known different on purpose, $bad wrong"
    [[ $bad = 0 ]]
}
