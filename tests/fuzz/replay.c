/*
 * Runs a fuzzer's entry point over files instead of libFuzzer: each file of the folders named, once. The
 * regression corpora are replayed so in every test run, with any compiler.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return 1;
    }
    uint8_t *data = NULL;
    size_t size = 0, capacity = 0, n = 0;
    do {
        size += n;
        if (capacity - size < 4096) {
            uint8_t *more = realloc(data, capacity = capacity * 2 + 8192);
            if (!more)
                abort();
            data = more;
        }
    } while ((n = fread(data + size, 1, capacity - size, f)) > 0);
    fclose(f);
    /* An exact copy, so that a sanitizer sees a read past the end. */
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        abort();
    memcpy(exact, data, size);
    free(data);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    int files = 0, failed = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (!folder) {
            perror(argv[i]);
            return 1;
        }
        for (struct dirent *entry; (entry = readdir(folder));) {
            if (entry->d_name[0] == '.')
                continue;
            char path[4096];
            snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
            failed += run(path);
            files++;
        }
        closedir(folder);
    }
    printf("%d passed, %d failed\n", files - failed, failed);
    return failed || files == 0; /* an empty corpus tests nothing */
}
