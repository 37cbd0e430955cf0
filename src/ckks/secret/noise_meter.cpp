#include "ckks/secret/noise_meter.h"

#include <cmath>
#include <utility>
#include <vector>

#include "ckks/evaluator.h"
#include "ckks/secret/decryptor.h"
#include "ring/basis.h"
#include "ring/crt.h"
#include "ring/transform.h"

namespace veilray::ckks {

Noise measure_noise(const Params& params, const SecretKey& secret_key, const Ciphertext& ct,
                    const Plaintext& expected) {
  const Evaluator evaluator(params);
  const auto difference = evaluator.negate(
      evaluator.add_plain(evaluator.negate(ct), expected));  // checks level and scale
  const Plaintext noise = Decryptor(params, secret_key).decrypt(difference);
  std::vector<double> coefficients(params.n());
  ring::to_doubles(params.basis(), ring::to_coefficients(params.basis(), noise.poly()),
                   coefficients);
  double largest = 0, squares = 0;
  for (const double c : coefficients) {
    largest = std::max(largest, std::abs(c));
    squares += c * c;
  }
  return {std::log2(largest), std::log2(squares / params.n()) / 2};
}

}  // namespace veilray::ckks
