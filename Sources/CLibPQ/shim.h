// What of C the driver may call beyond Glibc: libpq, and the descriptor that wakes a waiting connection.
#include <libpq-fe.h>
#include <sys/eventfd.h>
