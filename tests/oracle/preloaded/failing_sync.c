/* fsync and fdatasync that fail once with EIO, as a disk does that lost a write.
 *
 * FAULT_SYNC_ARM names a file: while it exists and holds this process's id, the next sync of a file whose name ends in
 * FAULT_SYNC_FILE removes it and fails. Every later sync of such a file in a process that failed is appended to
 * FAULT_SYNC_LOG.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int has_failed = 0;

static int is_watched(int descriptor) {
    char link[64], path[4096];
    const char *wanted = getenv("FAULT_SYNC_FILE");
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (wanted == NULL || size < (ssize_t)strlen(wanted)) return 0;
    path[size] = 0;
    return strcmp(path + size - strlen(wanted), wanted) == 0;
}

static void note(const char *text) {
    const char *log = getenv("FAULT_SYNC_LOG");
    int descriptor = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (descriptor < 0) return;
    if (write(descriptor, text, strlen(text)) < 0) { /* The test then sees too few lines. */ }
    close(descriptor);
}

static int must_fail(int descriptor) {
    const char *arm = getenv("FAULT_SYNC_ARM");
    char text[32] = {0};
    if (arm == NULL || !is_watched(descriptor)) return 0;
    if (has_failed) note("later\n");
    int file = open(arm, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    if (size <= 0 || atoi(text) != (int)getpid() || unlink(arm) != 0) return 0;
    has_failed = 1;
    note("failed\n");
    errno = EIO;
    return 1;
}

int fsync(int descriptor) {
    static int (*real)(int);
    if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return must_fail(descriptor) ? -1 : real(descriptor);
}

int fdatasync(int descriptor) {
    static int (*real)(int);
    if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return must_fail(descriptor) ? -1 : real(descriptor);
}
