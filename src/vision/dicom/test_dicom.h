#pragma once
// For tests: DICOM files written byte by byte, without DCMTK.
#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vision/dicom/attributes.h"
#include "vision/dicom/display.h"
#include "vision/test_files.h"

namespace veilray::vision::test {

inline constexpr std::string_view kImplicitLittle = "1.2.840.10008.1.2";
inline constexpr std::string_view kExplicitLittle = "1.2.840.10008.1.2.1";
inline constexpr std::string_view kDeflated = "1.2.840.10008.1.2.1.99";
inline constexpr std::string_view kExplicitBig = "1.2.840.10008.1.2.2";
inline constexpr std::string_view kJpeg2000Lossless = "1.2.840.10008.1.2.4.90";
inline constexpr std::string_view kJpeg2000 = "1.2.840.10008.1.2.4.91";
inline constexpr std::string_view kRle = "1.2.840.10008.1.2.5";

/// Writes elements in one of the three encodings.
class ElementWriter {
 public:
  explicit ElementWriter(bool explicit_vr = true, bool big = false)
      : explicit_vr_(explicit_vr), big_(big) {}

  void number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) {
      const int shift = 8 * (big_ ? bytes - 1 - i : i);
      out_.push_back(static_cast<std::byte>(value >> shift));
    }
  }
  void head(std::uint32_t tag, std::string_view vr, std::uint32_t length) {
    number(tag >> 16, 2);
    number(tag & 0xFFFF, 2);
    if (!explicit_vr_ || tag >> 16 == 0xFFFE) return number(length, 4);
    raw(as_bytes(vr));
    if (vr == "OB" || vr == "OW" || vr == "SQ" || vr == "UN") {
      number(0, 2);
      number(length, 4);
    } else {
      number(length, 2);
    }
  }
  void raw(std::span<const std::byte> bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }
  void bytes(std::uint32_t tag, std::string_view vr, std::span<const std::byte> value) {
    head(tag, vr, static_cast<std::uint32_t>(value.size() + value.size() % 2));
    raw(value);
    if (value.size() % 2 != 0) out_.push_back(std::byte{0});
  }
  void text(std::uint32_t tag, std::string_view vr, std::string value) {
    if (value.size() % 2 != 0) value.push_back(vr == "UI" ? '\0' : ' ');
    bytes(tag, vr, as_bytes(value));
  }
  void words(std::uint32_t tag, std::string_view vr, std::span<const std::uint16_t> values) {
    head(tag, vr, static_cast<std::uint32_t>(values.size() * 2));
    for (const auto value : values) number(value, 2);
  }
  void word(std::uint32_t tag, std::uint16_t value) { words(tag, "US", std::span(&value, 1)); }
  /// An item of a sequence; `fill` writes its elements.
  template <class Fill>
  void sequence(std::uint32_t tag, const Fill& fill) {
    constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
    head(tag, "SQ", kUndefined);
    head(0xFFFEE000, "", kUndefined);
    fill(*this);
    head(0xFFFEE00D, "", 0);
    head(0xFFFEE0DD, "", 0);
  }

  const Bytes& out() const { return out_; }

 private:
  bool explicit_vr_;
  bool big_;
  Bytes out_;
};

/// A film to be written; what is empty is left out.
struct DicomSpec {
  std::string_view transfer_syntax = kExplicitLittle;
  std::string modality = "DX";
  std::string view_position = {};
  std::string orientation = {};
  std::string view_code = {};
  std::string view_meaning = {};
  std::string frames = {};
  dicom::PixelFormat format = {};
  std::string slope = {}, intercept = {};
  std::string centre = {}, width = {}, function = {};
  std::optional<dicom::Lut> modality_lut = {}, voi_lut = {};
  std::optional<std::uint16_t> padding = {};
  std::vector<dicom::Lut> palette = {};
  dicom::Patterns pixels = {};
  std::vector<Bytes> fragments = {};  // encapsulated instead of `pixels`
  bool has_pixels = true;
};

inline DicomSpec grey_spec(std::uint32_t columns, std::uint32_t rows, std::uint16_t stored = 12,
                           bool is_signed = false) {
  DicomSpec spec;
  const auto allocated = static_cast<std::uint16_t>(stored <= 8 ? 8 : 16);
  spec.format = {.rows = rows,
                 .columns = columns,
                 .bits_allocated = allocated,
                 .bits_stored = stored,
                 .high_bit = static_cast<std::uint16_t>(stored - 1),
                 .is_signed = is_signed,
                 .photometric = "MONOCHROME2"};
  const auto mask = static_cast<std::uint16_t>((1U << stored) - 1);
  for (const auto sample : formula_image(columns, rows, Photometric::kGrey, 65535).samples) {
    spec.pixels.push_back(sample & mask);
  }
  if (is_signed) {  // sign extended into the unused bits, as writers do
    for (auto& pixel : spec.pixels) {
      if ((pixel >> (stored - 1) & 1) != 0) pixel |= static_cast<std::uint16_t>(~mask);
      if (allocated == 8) pixel &= 0xFF;
    }
  }
  return spec;
}

inline DicomSpec colour_spec(std::uint32_t columns, std::uint32_t rows) {
  auto spec = grey_spec(columns, rows, 8);
  spec.format.samples_per_pixel = 3;
  spec.format.photometric = "RGB";
  spec.pixels = smooth_image(columns, rows, Photometric::kRgb).samples;
  return spec;
}

inline void write_lut(ElementWriter& writer, std::uint32_t descriptor, std::uint32_t data,
                      const dicom::Lut& lut) {
  const std::uint16_t head[] = {static_cast<std::uint16_t>(lut.entries.size()),
                                static_cast<std::uint16_t>(lut.first), lut.bits};
  writer.words(descriptor, "US", head);
  writer.words(data, "OW", lut.entries);
}

inline void write_pixels(ElementWriter& writer, const DicomSpec& spec) {
  constexpr std::uint32_t kPixelData = 0x7FE00010;
  if (!spec.fragments.empty()) {
    writer.head(kPixelData, "OB", 0xFFFFFFFF);
    writer.head(0xFFFEE000, "", 0);  // an empty offset table
    for (const auto& fragment : spec.fragments) {
      writer.head(0xFFFEE000, "", static_cast<std::uint32_t>((fragment.size() + 1) / 2 * 2));
      writer.raw(fragment);
      if (fragment.size() % 2 != 0) writer.number(0, 1);
    }
    writer.head(0xFFFEE0DD, "", 0);
  } else if (spec.format.bits_allocated == 16) {
    writer.words(kPixelData, "OW", spec.pixels);
  } else if (spec.transfer_syntax == kExplicitLittle || spec.transfer_syntax == kDeflated) {
    Bytes bytes;
    for (const auto pixel : spec.pixels) bytes.push_back(static_cast<std::byte>(pixel));
    writer.bytes(kPixelData, "OB", bytes);
  } else {  // two samples a word, the first one low
    dicom::Patterns packed;
    for (std::size_t i = 0; i < spec.pixels.size(); i += 2) {
      const auto high = i + 1 < spec.pixels.size() ? spec.pixels[i + 1] : 0;
      packed.push_back(static_cast<std::uint16_t>(spec.pixels[i] | high << 8));
    }
    writer.words(kPixelData, "OW", packed);
  }
}

inline void write_dataset(ElementWriter& writer, const DicomSpec& spec) {
  const auto text = [&writer](std::uint32_t tag, std::string_view vr, const std::string& value) {
    if (!value.empty()) writer.text(tag, vr, value);
  };
  const auto& format = spec.format;
  writer.text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.1.1");
  writer.text(0x00080018, "UI", "1.2.3.4");
  text(0x00080060, "CS", spec.modality);
  writer.text(0x00100010, "PN", "Nobody^Ever");
  text(0x00185101, "CS", spec.view_position);
  text(0x00200020, "CS", spec.orientation);
  writer.word(0x00280002, format.samples_per_pixel);
  writer.text(0x00280004, "CS", format.photometric);
  if (format.samples_per_pixel > 1) writer.word(0x00280006, format.planar ? 1 : 0);
  text(0x00280008, "IS", spec.frames);
  writer.word(0x00280010, static_cast<std::uint16_t>(format.rows));
  writer.word(0x00280011, static_cast<std::uint16_t>(format.columns));
  writer.word(0x00280100, format.bits_allocated);
  writer.word(0x00280101, format.bits_stored);
  writer.word(0x00280102, format.high_bit);
  writer.word(0x00280103, format.is_signed ? 1 : 0);
  if (spec.padding) writer.word(0x00280120, *spec.padding);
  text(0x00281050, "DS", spec.centre);
  text(0x00281051, "DS", spec.width);
  text(0x00281052, "DS", spec.intercept);
  text(0x00281053, "DS", spec.slope);
  text(0x00281056, "CS", spec.function);
  for (std::uint32_t c = 0; c < spec.palette.size(); ++c) {
    const auto& lut = spec.palette[c];
    const std::uint16_t head[] = {static_cast<std::uint16_t>(lut.entries.size()),
                                  static_cast<std::uint16_t>(lut.first), lut.bits};
    writer.words(0x00281101 + c, "US", head);
  }
  for (std::uint32_t c = 0; c < spec.palette.size(); ++c) {
    writer.words(0x00281201 + c, "OW", spec.palette[c].entries);
  }
  const auto lut = [&writer](std::uint32_t tag, const std::optional<dicom::Lut>& table) {
    if (!table) return;
    writer.sequence(
        tag, [&table](ElementWriter& item) { write_lut(item, 0x00283002, 0x00283006, *table); });
  };
  lut(0x00283000, spec.modality_lut);
  lut(0x00283010, spec.voi_lut);
  if (!spec.view_code.empty() || !spec.view_meaning.empty()) {
    writer.sequence(0x00540220, [&](ElementWriter& item) {
      item.text(0x00080100, "SH", spec.view_code);
      item.text(0x00080104, "LO", spec.view_meaning);
    });
  }
  if (spec.has_pixels) write_pixels(writer, spec);
}

inline Bytes deflated(const Bytes& raw) {
  z_stream stream = {};
  deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  Bytes out(deflateBound(&stream, static_cast<uLong>(raw.size())));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(raw.data()));
  stream.avail_in = static_cast<uInt>(raw.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline Bytes dicom_file(const DicomSpec& spec) {
  ElementWriter meta;
  constexpr std::byte kVersion[] = {std::byte{0}, std::byte{1}};
  meta.bytes(0x00020001, "OB", kVersion);
  meta.text(0x00020002, "UI", "1.2.840.10008.5.1.4.1.1.1.1");
  meta.text(0x00020003, "UI", "1.2.3.4");
  meta.text(0x00020010, "UI", std::string(spec.transfer_syntax));
  ElementWriter length;
  length.head(0x00020000, "UL", 4);
  length.number(meta.out().size(), 4);
  ElementWriter body(spec.transfer_syntax != kImplicitLittle, spec.transfer_syntax == kExplicitBig);
  write_dataset(body, spec);

  Bytes file(128);
  const auto append = [&file](std::span<const std::byte> part) {
    file.insert(file.end(), part.begin(), part.end());
  };
  append(as_bytes("DICM"));
  append(length.out());
  append(meta.out());
  append(spec.transfer_syntax == kDeflated ? deflated(body.out()) : body.out());
  return file;
}

}  // namespace veilray::vision::test
