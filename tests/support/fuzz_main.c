/* Runs a fuzz target over the files of its corpus, for builds without libFuzzer: what a fuzzer once
   found stays a regression test with every compiler. A corpus that is missing or empty is an error,
   because a test that looked at nothing must not pass. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input lies in a block of exactly its size: AddressSanitizer sees one octet too far. */
static int replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -1;
    }
    long size = ftell(file);
    rewind(file);
    uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
    if (size < 0 || !data || fread(data, 1, (size_t)size, file) != (size_t)size) {
        fprintf(stderr, "%s: cannot be read whole\n", path);
        return -1;
    }
    fclose(file);
    /* Said before the run: after a crash the last line names the input. */
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, (size_t)size);
    free(data);
    return 0;
}

static int replay_folder(const char *folder)
{
    DIR *stream = opendir(folder);
    if (!stream) {
        fprintf(stderr, "%s: %s: every fuzz target needs a corpus\n", folder,
                strerror(errno));
        return -1;
    }
    int count = 0;
    for (const struct dirent *entry = readdir(stream); entry; entry = readdir(stream)) {
        char path[4096];
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (replay(path) != 0) {
            count = -1;
            break;
        }
        count++;
    }
    closedir(stream);
    if (count == 0) {
        fprintf(stderr, "%s: no files in this corpus\n", folder);
        return -1;
    }
    return count;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s CORPUS-FOLDER...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++) {
        int count = replay_folder(argv[i]);
        if (count < 0) {
            return 1;
        }
        printf("%s: %d inputs hold\n", argv[i], count);
    }
    return 0;
}
