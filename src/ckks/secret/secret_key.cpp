#include "ckks/secret/secret_key.h"

#include <utility>

#include "math/ntt.h"
#include "ring/basis.h"
#include "ring/sample.h"

namespace veilray::ckks {
namespace {

SecureVector<std::int8_t> sample(const Params& params, Rng& rng) {
  SecureVector<std::int8_t> coefficients(params.n());
  ring::sample_ternary(coefficients.span(), rng);
  return coefficients;
}

}  // namespace

SecretKey::SecretKey(const Params& params, Rng& rng) : SecretKey(params, sample(params, rng)) {}

SecretKey::SecretKey(const Params& params, SecureVector<std::int8_t> coefficients)
    : coefficients_(std::move(coefficients)) {
  const ring::Basis& basis = params.basis();
  if (coefficients_.size() != params.n()) {
    throw Error(ErrorCode::kInvalidArgument, "a secret key of another ring");
  }
  const std::uint32_t primes = basis.chain_count() + basis.special_count();
  residues_ = SecureVector<std::uint32_t>(std::size_t{primes} * params.n());
  for (std::uint32_t prime = 0; prime < primes; ++prime) {
    const auto limb = residues_.span().subspan(std::size_t{prime} * params.n(), params.n());
    ring::reduce_small(limb, coefficients_.span(), basis.modulus(prime));
    math::ntt_forward(limb, basis.ntt(prime));
  }
}

}  // namespace veilray::ckks
