// Only the header is of use: what it declares comes with the toolchain.
#include "libfuzzer.h"
