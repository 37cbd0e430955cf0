#include "base/aligned.h"

#include <sys/mman.h>

#include <cstdint>

namespace veilray {

void advise_huge_pages(void* memory, std::size_t bytes) noexcept {
  constexpr std::uintptr_t kPage = 4096;
  constexpr std::size_t kWorthwhile = std::size_t{1} << 20U;
  if (bytes < kWorthwhile) return;
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  const std::size_t before = (kPage - address % kPage) % kPage;  // to the first whole page
  const std::size_t whole = (bytes - before) / kPage * kPage;
  (void)::madvise(static_cast<std::byte*>(memory) + before, whole, MADV_HUGEPAGE);
}

}  // namespace veilray
