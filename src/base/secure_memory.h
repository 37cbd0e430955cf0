#pragma once
#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "base/aligned.h"

namespace veilray {

/// Overwrites with zeros in a way the compiler may not remove.
void wipe(std::span<std::byte> bytes) noexcept;

/// Owns secret values: wiped when it dies, moved but never copied, never printed.
template <class T>
class SecureVector {
 public:
  SecureVector() = default;
  explicit SecureVector(std::size_t size) : values_(size) {
    std::fill(values_.begin(), values_.end(), T{});
  }
  SecureVector(const SecureVector&) = delete;
  SecureVector& operator=(const SecureVector&) = delete;
  SecureVector(SecureVector&& other) noexcept : values_(std::exchange(other.values_, {})) {}
  SecureVector& operator=(SecureVector&& other) noexcept {
    if (this != &other) {
      clear();
      values_ = std::exchange(other.values_, {});
    }
    return *this;
  }
  ~SecureVector() { clear(); }

  std::size_t size() const noexcept { return values_.size(); }
  T* data() noexcept { return values_.data(); }
  const T* data() const noexcept { return values_.data(); }
  std::span<T> span() noexcept { return values_; }
  std::span<const T> span() const noexcept { return values_; }
  T& operator[](std::size_t i) noexcept { return values_[i]; }
  const T& operator[](std::size_t i) const noexcept { return values_[i]; }

 private:
  void clear() noexcept {
    wipe(std::as_writable_bytes(std::span<T>(values_)));
    values_.clear();
  }
  AlignedVector<T> values_;
};

}  // namespace veilray
