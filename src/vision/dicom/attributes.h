#pragma once
// What of a DICOM header decides how its pixels are read and shown. Lives only inside the parser.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace veilray::vision::dicom {

/// How samples lie in Pixel Data (PS3.3 C.7.6.3).
struct PixelFormat {
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
  std::uint16_t samples_per_pixel = 1;
  std::uint16_t bits_allocated = 0;
  std::uint16_t bits_stored = 0;
  std::uint16_t high_bit = 0;
  bool is_signed = false;
  bool planar = false;
  std::string photometric = {};

  std::size_t samples() const noexcept { return std::size_t{rows} * columns * samples_per_pixel; }
  friend bool operator==(const PixelFormat&, const PixelFormat&) = default;
};

/// A table: values below `first` take the first entry, values past the end the last.
struct Lut {
  std::int32_t first = 0;
  std::uint16_t bits = 16;
  std::vector<std::uint16_t> entries = {};
};

enum class VoiFunction : std::uint8_t { kLinear, kLinearExact, kSigmoid };
struct Window {
  double centre = 0;
  double width = 0;
  VoiFunction function = VoiFunction::kLinear;
};

/// The stages from stored values to what is shown (PS3.3 C.11.1, C.11.2).
struct GreyTransform {
  std::optional<Lut> modality;
  double slope = 1;
  double intercept = 0;
  std::optional<Window> window;  // the first one; goes before `voi`
  std::optional<Lut> voi;
  std::optional<std::uint16_t> padding;  // Pixel Padding Value, as a bit pattern
};

/// What the header says about the kind of picture; empty where it says nothing.
struct Kind {
  std::string modality = {};
  std::string view_position = {};
  std::string view_code = {};
  std::string view_meaning = {};
  std::array<std::string, 2> orientation = {};  // of rows and of columns
  std::int64_t frames = 1;
};

struct Attributes {
  PixelFormat format;
  GreyTransform grey;
  std::array<std::optional<Lut>, 3> palette;
  Kind kind;
};

}  // namespace veilray::vision::dicom
