#include <utility>

#include "ckks/envelope.h"
#include "ckks/wire.h"

namespace veilray::ckks {

std::vector<std::byte> serialize(const Params& params) {
  const ParamsSpec& spec = params.spec();
  auto writer = begin_envelope(WireKind::kParams, params.fingerprint(), 4 * sizeof(std::uint32_t));
  writer.write(spec.log_n);
  writer.write(spec.chain_primes);
  writer.write(spec.special_primes);
  writer.write(spec.chain_prime_bits);
  return finish_envelope(std::move(writer));
}

Result<Params> parse_params(std::span<const std::byte> wire) {
  VEILRAY_TRY(envelope, open_envelope(WireKind::kParams, "CKKS parameters", wire));
  ByteReader& in = envelope.body;
  ParamsSpec spec;
  spec.log_n = in.read<std::uint32_t>();
  spec.chain_primes = in.read<std::uint32_t>();
  spec.special_primes = in.read<std::uint32_t>();
  spec.chain_prime_bits = in.read<std::uint32_t>();
  if (!in.finished()) return damaged("CKKS parameters", "bytes missing or left over");
  VEILRAY_TRY(params, Params::create(spec));
  if (params.fingerprint() != envelope.params_fingerprint) {
    return Failure{ErrorCode::kFingerprintMismatch, "primes of another version of this program",
                   "CKKS parameters", "compile the model again"};
  }
  return params;
}

}  // namespace veilray::ckks
