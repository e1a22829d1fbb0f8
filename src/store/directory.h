// directory.h: a data directory, held by one process at a time.
//
// Purpose   Two servers on one store would run every execution twice. The first one to open the
//           directory holds DIR/stepwell.lock (flock) until it closes it or dies; the file names
//           its process for whoever comes second.
// Errors    SW_ERROR_IO: in use, not a directory, not writable.

#ifndef STEPWELL_STORE_DIRECTORY_H
#define STEPWELL_STORE_DIRECTORY_H

#include "stepwell/error.h"

typedef struct sw_directory {
    char *path;      // as it was given
    char *file_path; // of the store in it
    int   lock_fd;
} sw_directory;

// Makes the directory when it is not there (its parent must be), and an empty store file that
// nobody else may read, since payloads and the token key are in it.
bool sw_directory_open(sw_directory *directory, const char *path, sw_error *err);
void sw_directory_close(sw_directory *directory);

#endif
