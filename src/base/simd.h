#pragma once
// Loops that are worth compiling for each instruction set but need no hand-written kernel.

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/// Compiled once for each level of x86-64 and chosen when the program is loaded. Sanitizers are not
/// up yet at that moment, so their builds have the plain version only.
#define VEILRAY_SIMD_CLONES \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define VEILRAY_SIMD_CLONES
#endif
#define VEILRAY_INLINE inline __attribute__((always_inline))
