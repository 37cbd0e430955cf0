#pragma once
// Random numbers that are the same with every standard library.
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace veilray::train {

/// For choices of training, where the tiny bias of a remainder does no harm.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : bits_(seed) {}

  /// A whole number in [0, end).
  std::size_t below(std::size_t end) { return bits_() % end; }
  /// A number in [0, 1).
  double unit() { return static_cast<double>(bits_() >> 11) * 0x1p-53; }
  /// A number in [-limit, limit), or a whole one in [-limit, limit].
  double within(double limit) { return (2.0 * unit() - 1.0) * limit; }
  std::int64_t within(std::int64_t limit) {
    return static_cast<std::int64_t>(below(static_cast<std::size_t>(2 * limit + 1))) - limit;
  }
  /// Any order of `items` (Fisher, Yates).
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::mt19937_64 bits_;
};

}  // namespace veilray::train
