// Loaded before a program, this sets its wall clock: the file named by SHELF_CLOCK holds nanoseconds to be added, and may change.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("SHELF_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *page = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (page != MAP_FAILED) offset = page;
}

int clock_gettime(clockid_t id, struct timespec *reading) {
  int status = (int)syscall(SYS_clock_gettime, id, reading);
  if (status == 0 && id == CLOCK_REALTIME && offset) {
    int64_t moved = reading->tv_nsec + *offset;
    int64_t seconds = moved / 1000000000 - (moved % 1000000000 < 0);
    reading->tv_sec += seconds;
    reading->tv_nsec = moved - seconds * 1000000000;
  }
  return status;
}
