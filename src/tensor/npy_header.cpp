#include "tensor/npy_header.h"

#include <charconv>
#include <optional>
#include <string>

namespace veilray::tensor {
namespace {

constexpr std::size_t kMaxNpyAxes = 32;
constexpr std::int64_t kMaxExtent = std::int64_t{1} << 40;

Failure malformed() {
  return {ErrorCode::kMalformed, "the header of the .npy file does not parse", "",
          "save it again with numpy.save"};
}
Failure unsupported(const std::string& what) {
  return {ErrorCode::kUnsupported, what, "",
          "save it as float32 in C order: numpy.ascontiguousarray(x, dtype='<f4')"};
}

/// Just enough of Python's literals for what NumPy writes.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool accept(std::string_view token) {
    skip_spaces();
    if (!text_.starts_with(token)) return false;
    text_.remove_prefix(token.size());
    return true;
  }
  std::optional<std::string> string() {
    skip_spaces();
    if (text_.empty() || (text_[0] != '\'' && text_[0] != '"')) return std::nullopt;
    const auto end = text_.find(text_[0], 1);
    if (end == std::string_view::npos) return std::nullopt;
    std::string value(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return value;
  }
  std::optional<bool> boolean() {
    if (accept("False")) return false;
    if (accept("True")) return true;
    return std::nullopt;
  }
  std::optional<Shape> tuple() {
    if (!accept("(")) return std::nullopt;
    Shape shape;
    while (!accept(")")) {
      const auto extent = integer();
      if (!extent || shape.size() == kMaxNpyAxes) return std::nullopt;
      shape.push_back(*extent);
      if (!accept(",")) {
        // (3) is a number, not a tuple.
        if (shape.size() == 1 || !accept(")")) return std::nullopt;
        break;
      }
    }
    return shape;
  }
  bool at_end() {
    skip_spaces();
    return text_.empty();
  }

 private:
  void skip_spaces() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n')) text_.remove_prefix(1);
  }
  std::optional<std::int64_t> integer() {
    skip_spaces();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), value);
    if (error != std::errc{} || value < 0 || value > kMaxExtent) return std::nullopt;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return value;
  }
  std::string_view text_;
};

struct Entries {
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<Shape> shape;
};

/// False if the value does not parse, the key is unknown or stands twice.
bool read_entry(Scanner& scanner, Entries& entries) {
  const auto key = scanner.string();
  if (!key || !scanner.accept(":")) return false;
  if (*key == "descr" && !entries.descr) return (entries.descr = scanner.string()).has_value();
  if (*key == "shape" && !entries.shape) return (entries.shape = scanner.tuple()).has_value();
  if (*key == "fortran_order" && !entries.fortran_order) {
    return (entries.fortran_order = scanner.boolean()).has_value();
  }
  return false;
}

bool read_dictionary(Scanner& scanner, Entries& entries) {
  if (!scanner.accept("{")) return false;
  while (!scanner.accept("}")) {
    if (!read_entry(scanner, entries)) return false;
    if (!scanner.accept(",")) {
      if (!scanner.accept("}")) return false;
      break;
    }
  }
  return scanner.at_end() && entries.descr && entries.fortran_order && entries.shape;
}

}  // namespace

std::size_t size_of(NpyType type) {
  if (type == NpyType::kF8) return 8;
  return type == NpyType::kF4 ? 4 : 2;
}

Result<NpyHeader> parse_npy_header(std::string_view text) {
  Scanner scanner(text);
  Entries entries;
  if (!read_dictionary(scanner, entries)) return malformed();
  NpyHeader header{.shape = *entries.shape};
  if (*entries.descr == "<f4") {
    header.type = NpyType::kF4;
  } else if (*entries.descr == "<f8") {
    header.type = NpyType::kF8;
  } else if (*entries.descr == "<f2") {
    header.type = NpyType::kF2;
  } else {
    return unsupported("array of type '" + *entries.descr + "'");
  }
  if (*entries.fortran_order) return unsupported("array in Fortran order");
  return header;
}

bool has_element_count(const Shape& shape, std::size_t count) {
  std::uint64_t product = 1;
  bool empty = false;
  for (const std::int64_t extent : shape) {
    const auto factor = static_cast<std::uint64_t>(extent);
    empty = empty || factor == 0;
    if (factor != 0 && product > (std::uint64_t{1} << 48) / factor) return false;
    product *= factor == 0 ? 1 : factor;
  }
  return empty ? count == 0 : product == count;
}

}  // namespace veilray::tensor
