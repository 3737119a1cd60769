# What the benches of servers share. Debian's are unpacked by ci/peers and run in namespaces of their own.
bench=$(dirname "${0#"$PWD"/}")
export PEERS=${PEERS:-$PWD/build/peers}
apart=(unshare --mount --pid --fork --kill-child --mount-proc --propagation private)
places=()
mounts=()

skip() {
    echo "$bench: skipped: $*"
    exit 0
}

# with_peers BUILD: REFMTA is that of the build folder, and Debian's servers are there to stand beside it.
with_peers() {
    [[ $# -eq 1 ]] || { sed -n 's/^#   //p' "$0" >&2; exit 64; }
    REFMTA=$(realpath "$1")/refmta
    export REFMTA
    [[ -x $REFMTA ]] || { echo "$bench: $REFMTA is not there; build it" >&2; exit 64; }
    [[ $(id -u) -eq 0 ]] || skip "peers run in namespaces, which takes root here"
    unshare --mount --pid --fork true 2>/dev/null || skip "unshare(1) is refused here"
    ci/peers exim postfix >/dev/null
}

# lay_over TREE USER: the peer's unpacked packages over /usr and /etc of this mount namespace. work: a folder
# of the server's.
lay_over() {
    local layers=$work.layers part
    mkdir -p "$layers"
    mount -t tmpfs tmpfs "$layers"
    for part in usr etc; do
        mkdir -p "$layers/$part" "$layers/.$part"
        mount -t overlay overlay "/$part" -o \
            "lowerdir=$1/$part:/$part,upperdir=$layers/$part,workdir=$layers/.$part"
    done
    printf 'root:x:0:0::/root:/bin/sh\n%s:x:101:101::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n' \
        "$2" >/etc/passwd
    printf 'root:x:0:\nmail:x:8:\n%s:x:101:\npostdrop:x:102:\nnogroup:x:65534:\n' "$2" >/etc/group
    printf 'passwd: files\ngroup: files\nhosts: files\n' >/etc/nsswitch.conf
}

# answers PORT: somebody greets there.
answers() {
    local line
    { exec 9<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
    read -r -t 5 line <&9 2>/dev/null || line=
    printf 'QUIT\r\n' >&9 2>/dev/null || true
    exec 9<&-
    [[ $line == 220* ]]
}

median() {
    sort -n | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'
}

# new_place disk|tmpfs MEGABYTES: sets folder. On disk (below $disk) it is a new file system of its own, so that
# what lay there before and what was deleted since (ext4 without a journal slows down after that) changes
# nothing.
new_place() {
    if [[ $1 == tmpfs ]]; then
        folder=$(mktemp -d /dev/shm/bench-XXXXXX)
        places+=("$folder")
        chmod 755 "$folder"
        return
    fi
    folder=$(mktemp -d "$(realpath "$disk")/bench-XXXXXX")
    chmod 755 "$folder"
    places+=("$folder")
    if dd if=/dev/zero of="$folder/image" bs=1M count="$2" status=none &&
        mkfs.ext4 -q -F "$folder/image" && mkdir "$folder/fs" &&
        mount -o loop "$folder/image" "$folder/fs"; then
        folder=$folder/fs
        mounts+=("$folder")
        losetup --direct-io=on "$(findmnt -n -o SOURCE "$folder")" 2>/dev/null || true
        chmod 755 "$folder"
    fi
}

# forget_places: what new_place made is gone.
forget_places() {
    local mount
    for mount in ${mounts[@]+"${mounts[@]}"}; do
        umount -l "$mount"
    done
    rm -rf ${places[@]+"${places[@]}"}
}

# machine: on what the figures were made.
machine() {
    uname -srm
    sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sort | uniq -c
}
