#include "train/allocation.h"

#include <malloc.h>

namespace veilray::train {

void keep_freed_memory() noexcept {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);         // blocks of their own would be unmapped when they are freed
  mallopt(M_TRIM_THRESHOLD, -1);  // never: a step on large films frees more than an int can say
  mallopt(M_ARENA_MAX, 1);        // only the first arena grows beyond 64 MiB
#endif
}

}  // namespace veilray::train
