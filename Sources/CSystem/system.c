// The parts of the GNU C library that memory at rest and random bytes need.
#define _GNU_SOURCE
#include "CSystem.h"

#include <link.h>
#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

ptrdiff_t csystem_random(void *buffer, size_t count) { return getrandom(buffer, count, 0); }

void csystem_set_heap_thresholds(int bytes) {
  mallopt(M_MMAP_THRESHOLD, bytes);
  mallopt(M_TRIM_THRESHOLD, bytes);
}

void csystem_trim_heap(void) { malloc_trim(0); }

static int release_code_of(struct dl_phdr_info *object, size_t size, void *unused) {
  (void)size;
  (void)unused;
  // The program itself has no name, a library a path, and what the kernel lends has neither.
  if (object->dlpi_name == NULL || (object->dlpi_name[0] != '\0' && object->dlpi_name[0] != '/')) return 0;
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || (segment->p_flags & (PF_X | PF_W)) != PF_X) continue;
    const uintptr_t from = (object->dlpi_addr + segment->p_vaddr) / page * page;
    madvise((void *)from, object->dlpi_addr + segment->p_vaddr + segment->p_memsz - from, MADV_DONTNEED);
  }
  return 0;
}

// The loader is locked meanwhile, so that what it names stays where it is.
void csystem_release_code(void) { dl_iterate_phdr(release_code_of, NULL); }
