/* Options of appendfile. */
#include "ref/conf/rows_begin.h"

BOOL(allow_fifo, "false", 0, "the file may be a pipe")
BOOL(allow_symlink, "false", 0, "the path may end in a symbolic link")
TEMPLATE(batch_id, "", 0, "addresses for which it is equal are delivered together")
INT(batch_max, "1", 1, 100000, 0, "addresses that are delivered together")
BOOL(check_group, "false", 0, "the file must belong to the group of the delivery")
BOOL(check_owner, "true", 0, "the file must belong to the user of the delivery")
TEXT(check_string, "From ", 0, "lines that begin with it are escaped")
BOOL(create_directory, "true", 0, "directories are made when they are not there")
TEXT(create_file, "anywhere", 0,
    "where files may be made: anywhere, belowhome, inhome, or below a path")
TEMPLATE(directory, "", 0, "directory for a file of each message")
TEMPLATE(directory_file, "q${base62:$tod_epoch}-$inode", 0, "name of the file in it")
OCTAL(directory_mode, "0700", 0, "mode of directories that it makes")
TEXT(escape_string, ">From ", 0, "what such lines begin with then")
TEMPLATE(file, "", 0, "file that messages are put behind")
BOOL(file_must_exist, "false", 0, "the file is not made")
TIME(lock_fcntl_timeout, "0s", 0, 86400, 0,
    "longest wait for a lock by fcntl; 0s: tries at intervals")
TIME(lock_flock_timeout, "0s", 0, 86400, 0, "longest wait for a lock by flock")
TIME(lock_interval, "3s", 0, 86400, 0, "time between tries")
INT(lock_retries, "10", 0, 1000, 0, "tries to lock")
OCTAL(lockfile_mode, "0600", 0, "mode of lock files")
TIME(lockfile_timeout, "30m", 0, 604800, 0, "age at which a lock file is taken as left over")
BOOL(maildir_format, "false", 0, "the directory is a maildir")
INT(maildir_retries, "10", 0, 1000, 0, "tries to find a free name in a maildir")
TEMPLATE(maildir_tag, "", 0, "text behind the name of a file in a maildir")
TEMPLATE(message_prefix, "", 0,
    "text before each message; default: a From line, none in a directory")
TEMPLATE(message_suffix, "", 0,
    "text behind each message; default: an empty line, none in a directory")
OCTAL(mode, "0600", 0, "mode of files")
BOOL(mode_fail_narrower, "true", 0, "a file with fewer mode bits is refused")
TEMPLATE(quota, "", 0, "octets that the file or directory may have")
BOOL(use_crlf, "false", 0, "lines end with CR LF")
BOOL(use_fcntl_lock, "true", 0, "locks by fcntl")
BOOL(use_flock_lock, "false", 0, "locks by flock")
BOOL(use_lockfile, "true", 0, "locks by a file beside it")

#include "ref/conf/rows_end.h"
