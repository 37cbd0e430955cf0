#include "ckks/security.h"

namespace veilray::ckks {

double max_log_qp(std::uint32_t log_n) noexcept {
  switch (log_n) {
    case 12:
      return 106;
    case 13:
      return 214;
    case 14:
      return 430;
    case 15:
      return 868;
    case 16:
      return 1747;
    default:
      return 0;
  }
}

std::uint32_t security_bits(std::uint32_t log_n, double log_qp) noexcept {
  return log_qp <= max_log_qp(log_n) ? 128 : 0;
}

}  // namespace veilray::ckks
