#pragma once
// The skeleton of a DICOM file, walked before DCMTK sees it: every declared length must lie inside
// the bytes that are there, so that nothing is allocated on a header's word.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace veilray::vision::dicom {

enum class Encoding : std::uint8_t { kImplicitLittle, kExplicitLittle, kExplicitBig };

/// A file taken apart: what encodes the data set, and the data set itself.
struct Skeleton {
  std::string transfer_syntax;  // the UID; that of Explicit VR Little Endian once inflated
  Encoding encoding = Encoding::kExplicitLittle;
  std::span<const std::byte> dataset;  // into the file, or into `inflated`
  std::vector<std::byte> inflated;     // the data set of a deflated file
};

/// Fails with kMalformed: truncated, lengths past the end, nested too deep, no transfer syntax.
Result<Skeleton> read_skeleton(std::span<const std::byte> file);

/// True if every length of the data set fits, in a reading that every parser shares: an unknown VR,
/// or a length left open where it may not be, is refused.
bool lengths_fit(std::span<const std::byte> dataset, Encoding encoding);

}  // namespace veilray::vision::dicom
