#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace veilray::plan {

/// A set of numbers below a power of two.
class NumberSet {
 public:
  explicit NumberSet(std::size_t size)
      : size_(size), words_(std::max<std::size_t>(size / kWordBits, 1)) {}

  void insert(std::size_t number) { words_[number / kWordBits] |= bit(number); }
  void merge(const NumberSet& others) {
    for (std::size_t w = 0; w < words_.size(); ++w) words_[w] |= others.words_[w];
  }
  bool contains(std::size_t number) const {
    return (words_[number / kWordBits] & bit(number)) != 0;
  }
  std::uint32_t count() const {
    int count = 0;
    for (const std::uint64_t word : words_) count += std::popcount(word);
    return static_cast<std::uint32_t>(count);
  }
  /// Of its numbers, those that are not `zero`.
  std::uint32_t count_without(std::size_t zero) const { return count() - (contains(zero) ? 1 : 0); }
  std::size_t size() const { return size_; }

  /// (number + by) mod size, for by < size.
  NumberSet turned(std::size_t by) const {
    NumberSet out(size_);
    if (size_ < kWordBits) {
      const std::uint64_t all = (std::uint64_t{1} << size_) - 1;
      out.words_[0] = by == 0 ? words_[0] : (words_[0] << by | words_[0] >> (size_ - by)) & all;
      return out;
    }
    const std::size_t count = words_.size(), skip = by / kWordBits, shift = by % kWordBits;
    for (std::size_t w = 0; w < count; ++w) {
      const std::uint64_t high = words_[(w + count - skip) % count];
      const std::uint64_t low = words_[(w + 2 * count - skip - 1) % count];
      out.words_[w] = shift == 0 ? high : high << shift | low >> (kWordBits - shift);
    }
    return out;
  }

  /// Its numbers without the bit of weight `weight`, below size; what lay above moves down.
  NumberSet without(std::size_t weight) const {
    NumberSet out(size_ / 2);
    if (weight >= kWordBits) {
      const std::size_t run = weight / kWordBits;
      for (std::size_t w = 0; w < out.words_.size(); ++w) {
        const std::size_t from = w / run * 2 * run + w % run;
        out.words_[w] = words_[from] | words_[from + run];
      }
      return out;
    }
    for (std::size_t w = 0; w < words_.size(); ++w)
      out.words_[w / 2] |= halved(words_[w], weight) << (w % 2 * (kWordBits / 2));
    return out;
  }

  friend auto operator<=>(const NumberSet&, const NumberSet&) = default;

 private:
  static constexpr std::size_t kWordBits = 64;

  static std::uint64_t bit(std::size_t number) { return std::uint64_t{1} << number % kWordBits; }
  /// Groups of `weight` bits, every second one, side by side.
  static std::uint64_t halved(std::uint64_t word, std::size_t weight) {
    word |= word >> weight;
    for (std::size_t group = weight; group < kWordBits / 2; group *= 2) {
      word &= kEverySecond[static_cast<std::size_t>(std::countr_zero(group))];
      word |= word >> group;
    }
    return word & 0xffffffffU;
  }
  /// Groups of 1, 2, 4, 8, 16 bits.
  static constexpr std::uint64_t kEverySecond[] = {0x5555555555555555U, 0x3333333333333333U,
                                                   0x0f0f0f0f0f0f0f0fU, 0x00ff00ff00ff00ffU,
                                                   0x0000ffff0000ffffU};

  std::size_t size_;
  std::vector<std::uint64_t> words_;
};

}  // namespace veilray::plan
