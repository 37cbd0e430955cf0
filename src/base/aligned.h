#pragma once
#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace veilray {

/// One cache line, and one AVX-512 register.
inline constexpr std::size_t kAlignment = 64;

/// Asks for pages of two megabytes where that is worth a system call: polynomials are strided
/// through, and go through many small pages at a time. Only a wish; nothing depends on it.
void advise_huge_pages(void* memory, std::size_t bytes) noexcept;

/// Allocates on cache lines and leaves trivial values uninitialised on resize: buffers of residues
/// are always written before they are read.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) noexcept {}  // NOLINT: allocators convert

  T* allocate(std::size_t count) {
    void* memory = ::operator new(count * sizeof(T), std::align_val_t{kAlignment});
    advise_huge_pages(memory, count * sizeof(T));
    return static_cast<T*>(memory);
  }
  void deallocate(T* pointer, std::size_t) noexcept {
    ::operator delete(pointer, std::align_val_t{kAlignment});
  }
  template <class U, class... Args>
  void construct(U* at, Args&&... args) {
    if constexpr (sizeof...(Args) == 0) {
      ::new (static_cast<void*>(at)) U;
    } else {
      ::new (static_cast<void*>(at)) U(std::forward<Args>(args)...);
    }
  }
  friend bool operator==(const AlignedAllocator&, const AlignedAllocator&) { return true; }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

}  // namespace veilray
