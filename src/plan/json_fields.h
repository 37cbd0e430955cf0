#pragma once
#include <concepts>
#include <limits>
#include <utility>
#include <vector>

namespace veilray::plan {

/// A whole number. One that T cannot hold becomes the largest that it can, which no range check
/// lets pass. Throws what the library throws for anything but a whole number: its own conversion
/// would cast a fraction, or 1e300, to T.
template <std::integral T, class Json>
T whole(const Json& json) {
  const auto value = json.template get_ref<const typename Json::number_integer_t&>();
  return std::in_range<T>(value) ? static_cast<T>(value) : std::numeric_limits<T>::max();
}

template <std::integral T, class Json>
std::vector<T> whole_numbers(const Json& json) {
  std::vector<T> values;
  for (const Json& value : json) values.push_back(whole<T>(value));
  return values;
}

}  // namespace veilray::plan
