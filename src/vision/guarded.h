#pragma once
// libpng and libjpeg leave their C functions by longjmp, which may not pass a C++ object with a
// destructor. Every call into them therefore goes through `guarded`, whose frames hold none.
#include <csetjmp>
#include <type_traits>

namespace veilray::vision {

/// Runs `step`; false if it left through `escape`. After that `escape` is dead, and the library
/// object may only be destroyed.
/// `step` is a lambda that captures by reference, calls only C, and makes no C++ object itself.
template <class Step>
bool guarded(std::jmp_buf& escape, const Step& step) noexcept {
  static_assert(std::is_trivially_destructible_v<Step>);
  if (setjmp(escape) != 0) return false;
  step();
  return true;
}

}  // namespace veilray::vision
