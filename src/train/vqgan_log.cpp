#include "train/vqgan_log.h"

#include <fmt/core.h>

namespace veilray::train {

std::string_view log_head() noexcept {
  return "step,minutes,learning_rate,loss,reconstruction,commitment,films,psnr_db,ssim,codebook_"
         "use\n";
}

std::string log_line(const VqganLogRow& row) {
  return fmt::format("{},{:.3f},{:.3g},{:.5f},{:.5f},{:.5f},{},{:.3f},{:.4f},{:.4f}\n", row.step,
                     row.minutes, row.learning_rate, row.loss, row.reconstruction, row.commitment,
                     row.quality.films, row.quality.psnr, row.quality.ssim,
                     row.quality.codebook_use);
}

}  // namespace veilray::train
