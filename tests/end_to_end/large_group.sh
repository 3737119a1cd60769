#!/bin/sh
# An entry of /etc/group or /etc/passwd is as long as it is: a group of thousands is found, and so is its number.
set -eu
[ -n "$REFMTA" ] || { echo "this build has no refmta"; exit 77; }
[ "$(id -u)" = 0 ] && unshare --mount true 2> /dev/null || { echo "no mount namespaces on this machine"; exit 77; }
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
awk 'BEGIN { printf "crowd:x:4711:u0"; for (i = 1; i < 20000; i++) printf ",user%d", i; print "" }' > "$work/group"
awk 'BEGIN { printf "wordy:x:4712:4711:"; for (i = 0; i < 5000; i++) printf "word "; print ":/:/bin/sh" }' > "$work/passwd"
cat /etc/group >> "$work/group"
cat /etc/passwd >> "$work/passwd"
cat > "$work/conf" << END
primary_hostname = mx.test.ex
spool_directory = $work/spool
exim_user = wordy
exim_group = crowd
END
said=$(unshare --mount --propagation private sh -c 'mount --bind "$1/group" /etc/group && mount --bind "$1/passwd" /etc/passwd &&
    exec "$2" -C "$1/conf" -bP exim_user exim_group' - "$work" "$REFMTA" 2>&1) || true
[ "$said" = "exim_user = wordy
exim_group = crowd" ] || { echo "large_group: $said"; exit 1; }
said=$(unshare --mount --propagation private sh -c 'mount --bind "$1/group" /etc/group && mount --bind "$1/passwd" /etc/passwd &&
    sed -i /exim_/d "$1/conf" && exec setpriv --reuid 4712 --regid 4711 --clear-groups "$2" -C "$1/conf" -bP exim_user exim_group' - \
    "$work" "$REFMTA" 2>&1) || true
[ "$said" = "exim_user = wordy
exim_group = crowd" ] || { echo "large_group, of who runs it: $said"; exit 1; }
