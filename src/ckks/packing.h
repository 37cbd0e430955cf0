#pragma once
// Residues as bits: 30 for each, the first one in the lowest bits, four in 15 bytes.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "ckks/params.h"
#include "ring/poly.h"

namespace veilray::ckks {

inline constexpr std::size_t kResidueBits = 30;

/// Bytes of one limb. Precondition: n is a multiple of four.
constexpr std::size_t packed_bytes(std::size_t n) noexcept { return n / 8 * kResidueBits; }

void write_packed(ByteWriter& out, std::span<const std::uint32_t> limb);
/// Every limb, in order.
void write_packed(ByteWriter& out, const ring::NttPoly& poly);

/// A polynomial of that shape. The reader fails, and the result is of no use, if there are too few
/// bytes (nothing is allocated then) or a residue is not below its prime.
ring::NttPoly read_packed(ByteReader& in, const Params& params, const ring::Shape& shape);

}  // namespace veilray::ckks
