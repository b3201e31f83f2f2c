/* meter.c: process clocks and /proc/PID/status. */
#include "bench/meter.h"

#include "base/slice.h"
#include "bench/halt.h"
#include "bench/tick.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

uint64_t meter_cpu_ns(pid_t pid) {
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) {
        halt(HALT_FAILED, "cannot read the server's CPU clock: it is gone");
    }
    return (uint64_t)used.tv_sec * TICK_S + (uint64_t)used.tv_nsec;
}

uint64_t meter_stolen_ns(void) {
    unsigned long long ticks = 0;
    FILE *file = fopen("/proc/stat", "re");
    if (!file) return 0;
    /* user, nice, system, idle, iowait, irq, softirq, steal: proc(5) */
    // NOLINTNEXTLINE(cert-err34-c): the kernel writes no number that does not fit
    int found = fscanf(file, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &ticks);
    fclose(file);
    return found == 1 ? ticks * (TICK_S / (uint64_t)sysconf(_SC_CLK_TCK)) : 0;
}

uint64_t meter_bytes(pid_t pid, const char *field) {
    char path[64], bytes[8192];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
    if (fd >= 0) close(fd);
    struct slice rest = {bytes, size < 0 ? 0 : (size_t)size};
    while (rest.size > 0) {
        struct slice line = slice_until(&rest, '\n');
        struct slice name = slice_until(&line, ':');
        if (!slice_equal(name, slice_text(field))) continue;
        line = slice_trim(line);
        uint64_t kilobytes;
        if (slice_number(slice_until(&line, ' '), UINT32_MAX, &kilobytes)) return kilobytes * 1024;
    }
    halt(HALT_FAILED, "cannot read %s of the server: it is gone", field);
}

uint64_t meter_settled_bytes(pid_t pid, const char *field) {
    uint64_t last = meter_bytes(pid, field);
    int equal = 1;
    for (int i = 0; i < 50 && equal < 3; i++) {
        tick_sleep(200 * TICK_MS);
        halt_if_told();
        uint64_t now = meter_bytes(pid, field);
        equal = now == last ? equal + 1 : 1;
        last = now;
    }
    return last;
}
