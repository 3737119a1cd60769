/* Targets: lmdb_check_header, lmdb_check_tree, on a file of any octets. The file is that of the
   corpus or what became of it; the transaction is the one that its header names. Property: the walk
   ends, and reads nothing outside its page. */
#include "ref/lmdb/check.h"

#include "base/check.h"
#include "base/file.h"
#include "base/span.h"

#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("lmdb", MFD_CLOEXEC);
    CHECK(fd >= 0 && !failed(fd_write_all(fd, span_of(data, size))));
    err header = lmdb_check_header(fd);
    for (uint64_t txn = 0; txn < 4 && !failed(header); txn++) {
        err tree = lmdb_check_tree(fd, txn);
        CHECK(!failed(tree) || tree.what[0] != 0);
    }
    close(fd);
    return 0;
}
