// What the C library has and Swift's module of it does not show. The C library's own headers stay in the source file: read with the GNU
// extensions they declare some types otherwise than Swift's module does, and the two could not be imported together.
#ifndef SHELFLIFE_CSYSTEM_H
#define SHELFLIFE_CSYSTEM_H

#include <stddef.h>

/// As getrandom(2) without flags: the count of bytes filled, or -1 and errno.
ptrdiff_t csystem_random(void *buffer, size_t count);

/// Blocks of so many bytes and more are mapped by themselves, and so many free bytes at the heap's end go back to the system.
void csystem_set_heap_thresholds(int bytes);

/// Gives what was freed back to the system.
void csystem_trim_heap(void);

/// Lets go of the mapped pages of the code of the program and its libraries. What is run again is read again from the files.
void csystem_release_code(void);

#endif
