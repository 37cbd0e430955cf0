#include "train/vqgan_log.h"

#include <fmt/core.h>

namespace veilray::train {

void MeanTerms::add(const VqganTerms& terms) {
  sums_.loss += terms.loss;
  sums_.reconstruction += terms.reconstruction;
  sums_.commitment += terms.commitment;
  ++steps_;
  if (!terms.adversary) return;
  adversary_sums_.adversarial += terms.adversary->adversarial;
  adversary_sums_.features += terms.adversary->features;
  adversary_sums_.weight += terms.adversary->weight;
  adversary_sums_.discriminator += terms.adversary->discriminator;
  ++adversary_steps_;
}

VqganTerms MeanTerms::mean() const {
  if (steps_ == 0) return {};
  const auto n = static_cast<double>(steps_);
  VqganTerms mean{sums_.loss / n, sums_.reconstruction / n, sums_.commitment / n, std::nullopt};
  if (adversary_steps_ > 0) {
    const auto m = static_cast<double>(adversary_steps_);
    const auto& sums = adversary_sums_;
    mean.adversary = {sums.adversarial / m, sums.features / m, sums.weight / m,
                      sums.discriminator / m};
  }
  return mean;
}

std::string log_head(VqganColumns columns) {
  std::string head = "step,minutes,learning_rate,loss,reconstruction,commitment,";
  if (columns == VqganColumns::kAdversarial) {
    head += "adversarial,features,adversary_weight,discriminator,";
  }
  return head + "films,psnr_db,ssim,codebook_use\n";
}

std::string log_line(const VqganLogRow& row, VqganColumns columns) {
  const auto& terms = row.terms;
  auto line = fmt::format("{},{:.3f},{:.3g},{:.5f},{:.5f},{:.5f},", row.step, row.minutes,
                          row.learning_rate, terms.loss, terms.reconstruction, terms.commitment);
  if (columns == VqganColumns::kAdversarial) {
    line += terms.adversary ? fmt::format("{:.5f},{:.5f},{:.5g},{:.5f},",
                                          terms.adversary->adversarial, terms.adversary->features,
                                          terms.adversary->weight, terms.adversary->discriminator)
                            : ",,,,";
  }
  const auto& quality = row.quality;
  return line + fmt::format("{},{:.3f},{:.4f},{:.4f}\n", quality.films, quality.psnr, quality.ssim,
                            quality.codebook_use);
}

}  // namespace veilray::train
