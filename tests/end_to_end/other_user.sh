#!/bin/sh
# A mailbox of another user: written by a child that is this user and nothing else, also for a path in this user's list;
# refused when the configuration is read by a server that is not root.
set -eu
[ -n "$REFMTA" ] || { echo "this build has no refmta"; exit 77; }
[ "$(id -u)" = 0 ] || { echo "only root can deliver as another user"; exit 77; }
uid=$(id -u nobody 2>/dev/null) || { echo "there is no user nobody"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/mail" "$work/own"
chown nobody "$work/mail"
chmod 700 "$work/mail" "$work/own"
cat > "$work/conf" << END
primary_hostname = mx.test.ex
spool_directory = $work/spool
timezone = UTC
acl_smtp_rcpt = accept
begin routers
list:
  driver = redirect
  local_parts = nobody
  check_local_user
  file = $work/list
  file_transport = path
own:
  driver = accept
  local_parts = own
  transport = own
trap:
  driver = accept
  local_parts = trap
  transport = trap
user:
  driver = accept
  local_parts = user
  transport = user
number:
  driver = accept
  local_parts = number
  user = 4294900000
  transport = plain
expanded:
  driver = accept
  local_parts = expanded
  user = \${if eq{a}{a}{4294900000}}
  transport = plain
grouped:
  driver = accept
  local_parts = grouped
  user = 4294900000
  group = 4294900001
  transport = plain
begin transports
plain:
  driver = appendfile
  directory = $work/open/box
path:
  driver = appendfile
user:
  driver = appendfile
  directory = $work/mail/box
  directory_file = m-\$inode
  user = nobody
  transport_filter = /usr/bin/id -u
own:
  driver = appendfile
  file = $work/own/box
  user = nobody
trap:
  driver = appendfile
  file = $work/mail/link/box
END
fail() {
    echo "other_user: $*" >&2
    cat "$work/spool/log/mainlog" >&2
    exit 1
}
ln -s "$work/own" "$work/mail/link"
chown -h nobody "$work/mail/link"
printf 'Subject: x\n\nbody\n' | "$REFMTA" -C "$work/conf" -odi user@test.ex own@test.ex trap@test.ex
set -- "$work"/mail/box/m-*
[ $# = 1 ] && [ -f "$1" ] || fail "not one message in the mailbox"
[ "$(cat "$1")" = "$uid" ] || fail "the filter ran as \"$(cat "$1")\", not $uid"
[ "$(stat -c %u "$1")" = "$uid" ] || fail "the file belongs to $(stat -c %u "$1")"
[ "${1##*-}" = "$(stat -c %i "$1")" ] || fail "the name is $1, the inode another"
[ ! -e "$work/own/box" ] || fail "nobody wrote into a directory of root, or root through a link of nobody"
grep -q 'own@test.ex.*Permission denied' "$work/spool/log/mainlog" || fail "no word about own@"
grep -q 'trap@test.ex.*Too many levels' "$work/spool/log/mainlog" || fail "no word about trap@"

# A number that no account has brings no group: ours is not lent to it.
mkdir "$work/open"
chmod 777 "$work/open"
printf 'Subject: x\n\nbody\n' | "$REFMTA" -C "$work/conf" -odi number@test.ex expanded@test.ex grouped@test.ex
for name in number expanded; do
    grep -q "$name@test.ex.*user 4294900000 is a number without an account, and no group is set" \
        "$work/spool/log/mainlog" || fail "no word about $name@"
done
set -- "$work"/open/box/*
[ $# = 1 ] && [ "$(stat -c %u:%g "$1")" = 4294900000:4294900001 ] || fail "not one message of a group of its own: $*"
sed -i '/42949000/d' "$work/conf"

echo "$work/mail/listed, $work/own/listed" > "$work/list"
printf 'Subject: x\n\nbody\n' | "$REFMTA" -C "$work/conf" -odi nobody@test.ex
[ "$(stat -c %u "$work/mail/listed")" = "$uid" ] || fail "a path in a user's list belongs to $(stat -c %u "$work/mail/listed")"
[ ! -e "$work/own/listed" ] || fail "a path in a user's list was written by root"
chmod 600 "$work/list"
printf 'Subject: x\n\nbody\n' | "$REFMTA" -C "$work/conf" -odi nobody@test.ex
grep -q "nobody@test.ex R=list defer.*failed to open $work/list: Permission denied" "$work/spool/log/mainlog" ||
    fail "a list that its user may not read was read"

status=0
said=$(setpriv --reuid "$uid" --clear-groups "$REFMTA" -C "$work/conf" -bV 2>&1) || status=$?
[ $status = 0 ] || fail "the own user is refused: $said"
sed -i 's/user = nobody/user = daemon/' "$work/conf"
status=0
said=$(setpriv --reuid "$uid" --clear-groups "$REFMTA" -C "$work/conf" -bV 2>&1) || status=$?
case $status:$said in
    1:*"only a server that is started as root can deliver as another user"*) ;;
    *) fail "another user is not refused: $status, $said" ;;
esac
