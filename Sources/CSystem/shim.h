// What the C library has and the Glibc module does not show.
#ifndef SHELFLIFE_CSYSTEM_H
#define SHELFLIFE_CSYSTEM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <link.h>
#include <malloc.h>
#include <sys/random.h>

#endif
