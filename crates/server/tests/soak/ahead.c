/* Preloaded into a server: its own clock is ahead. Clocks of the database and of
 * timers are not. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *at) {
    static int (*original)(clockid_t, struct timespec *);
    static long ahead;
    if (original == NULL) {
        const char *seconds = getenv("SOAK_AHEAD");
        ahead = seconds == NULL ? 0 : atol(seconds);
        *(void **)&original = dlsym(RTLD_NEXT, "clock_gettime");
    }
    int result = original(clock, at);
    if (clock == CLOCK_REALTIME && result == 0) {
        at->tv_sec += ahead;
    }
    return result;
}
