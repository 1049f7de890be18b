/* What a test changes under a process that it did not write: its wall clock, and how long a disk takes to be sure.
   A page of memory shared through the file FAULT_SHIM says both: seconds that the clock is ahead, seconds that each
   fsync takes longer. Monotonic clocks stay true, as on a machine whose time is set. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile double *said(void) {
    static volatile double *page;
    static double none[2];
    if (!page) {
        const char *name = getenv("FAULT_SHIM");
        int file = name ? open(name, O_RDONLY) : -1;
        void *made = file < 0 ? MAP_FAILED : mmap(0, 16, PROT_READ, MAP_SHARED, file, 0);
        page = made == MAP_FAILED ? none : made;
    }
    return page;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, at);
    if (clock == CLOCK_REALTIME && !result) at->tv_sec += (time_t)said()[0];
    return result;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}

static int slowly(const char *name, int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    double s = said()[1];
    if (s > 0) {
        struct timespec rest = {(time_t)s, (long)((s - (time_t)s) * 1e9)};
        nanosleep(&rest, 0);
    }
    return real(file);
}

int fsync(int file) { return slowly("fsync", file); }
int fdatasync(int file) { return slowly("fdatasync", file); }
