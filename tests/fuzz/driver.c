// driver.c: runs a fuzz target without a fuzzer, over files.
//
// `fuzz-json FILE|FOLDER...` hands each file (and each file of a folder) to the target once. Every
// compiler and sanitizer can replay the corpus in this way; finding new inputs is libFuzzer's work
// (`make fuzz`). Ends with `N passed, N failed` like any other test: a file that fails crashes.

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replayed, unreadable;

static void replay_file(const char *path)
{
    FILE       *file = fopen(path, "rb");
    struct stat status;
    if (file == NULL || fstat(fileno(file), &status) != 0) {
        fprintf(stderr, "cannot read %s\n", path);
        unreadable++;
        if (file != NULL)
            fclose(file);
        return;
    }
    size_t size = (size_t)status.st_size;
    // Exactly as long as the file, so that ASan sees a read of one byte too many.
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (data == NULL || fread(data, 1, size, file) != size) {
        fprintf(stderr, "cannot read %s\n", path);
        unreadable++;
    } else {
        fprintf(stderr, "%s\n", path); // the last one named is the one that crashed
        LLVMFuzzerTestOneInput(data, size);
        replayed++;
    }
    free(data);
    fclose(file);
}

static void replay(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        replay_file(path);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char inside[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
        replay_file(inside);
    }
    closedir(folder);
}

int main(int argc, char **argv)
{
    // The empty input belongs to every corpus.
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    replayed++;
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    printf("%d passed, %d failed\n", replayed, unreadable);
    return unreadable == 0 ? 0 : 1;
}
