#pragma once

namespace veilray::cli {

/// Lets OpenMP's workers spin for about a tenth of a millisecond between loops instead of several,
/// unless the environment already says how long (GOMP_SPINCOUNT, OMP_WAIT_POLICY). libgomp reads
/// its environment before main, so the program starts itself once more; call this first. Where that
/// fails it goes on as it is: slower on a busy machine, and right.
void limit_openmp_spinning(char** argv);

}  // namespace veilray::cli
