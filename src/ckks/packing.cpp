#include "ckks/packing.h"

#include <cstring>

#include "ring/basis.h"

namespace veilray::ckks {
namespace {

constexpr std::size_t kGroup = 4;        // residues
constexpr std::size_t kGroupBytes = 15;  // they take
constexpr std::uint64_t kMask = (std::uint64_t{1} << kResidueBits) - 1;

// 120 bits as a word of 64 and one of 56: residues 0 and 1 and the low 4 bits of residue 2; then
// the high 26 bits of residue 2, and residue 3.
void pack_group(std::byte* out, const std::uint32_t* in) {
  const std::uint64_t low = in[0] | std::uint64_t{in[1]} << 30 | std::uint64_t{in[2]} << 60;
  const std::uint64_t high = in[2] >> 4 | std::uint64_t{in[3]} << 26;
  std::memcpy(out, &low, 8);
  std::memcpy(out + 8, &high, 7);
}

void unpack_group(std::uint32_t* out, const std::byte* in) {
  std::uint64_t low = 0, high = 0;
  std::memcpy(&low, in, 8);
  std::memcpy(&high, in + 8, 7);
  out[0] = static_cast<std::uint32_t>(low & kMask);
  out[1] = static_cast<std::uint32_t>(low >> 30 & kMask);
  out[2] = static_cast<std::uint32_t>((low >> 60 | high << 4) & kMask);
  out[3] = static_cast<std::uint32_t>(high >> 26);
}

bool all_below(std::span<const std::uint32_t> residues, std::uint32_t bound) {
  bool below = true;
  for (const std::uint32_t residue : residues) below &= residue < bound;
  return below;
}

}  // namespace

void write_packed(ByteWriter& out, std::span<const std::uint32_t> limb) {
  std::vector<std::byte> bytes(packed_bytes(limb.size()));
  for (std::size_t i = 0; i < limb.size() / kGroup; ++i) {
    pack_group(&bytes[i * kGroupBytes], &limb[i * kGroup]);
  }
  out.write_bytes(bytes);
}

void write_packed(ByteWriter& out, const ring::NttPoly& poly) {
  for (std::uint32_t i = 0; i < poly.limbs(); ++i) write_packed(out, poly.limb(i));
}

ring::NttPoly read_packed(ByteReader& in, const Params& params, const ring::Shape& shape) {
  const auto bytes = in.take(packed_bytes(shape.n) * shape.limbs());
  if (in.failed()) return {};
  ring::NttPoly poly(shape);
  const std::byte* from = bytes.data();
  for (std::uint32_t i = 0; i < shape.limbs(); ++i) {
    const auto limb = poly.limb(i);
    for (std::size_t at = 0; at < limb.size(); at += kGroup, from += kGroupBytes) {
      unpack_group(&limb[at], from);
    }
    const auto& q = params.basis().modulus(params.basis().prime_of(shape, i));
    if (!all_below(limb, q.value())) {
      in.fail();
      return {};
    }
  }
  return poly;
}

}  // namespace veilray::ckks
