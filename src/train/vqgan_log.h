#pragma once
// What a VQGAN's training tells of itself.
#include <cstdint>
#include <optional>
#include <string>

namespace veilray::train {

/// How well films come back through codes, over some validation films.
struct VqganQuality {
  std::int64_t films = 0;
  double psnr = 0.0;          // dB, the mean over films
  double ssim = 0.0;          // the mean over films
  double codebook_use = 0.0;  // share of the codes that some film uses
};

/// Terms that an adversary adds.
struct AdversaryTerms {
  double adversarial = 0.0;    // less the discriminator's mean logit of what was made
  double features = 0.0;       // distance in the discriminator's features
  double weight = 0.0;         // of the adversarial term, the factor of the recipe in it
  double discriminator = 0.0;  // its hinge loss: 1 where it cannot tell, 0 where it always can
};

/// Terms of the loss.
struct VqganTerms {
  double loss = 0.0;  // all of them, weighted
  double reconstruction = 0.0;
  double commitment = 0.0;
  std::optional<AdversaryTerms> adversary = {};  // once it takes part
};

/// The means of terms over steps; those of the adversary over the steps in which it took part.
class MeanTerms {
 public:
  void add(const VqganTerms& terms);
  /// Zeros where nothing was added.
  VqganTerms mean() const;

 private:
  VqganTerms sums_;
  AdversaryTerms adversary_sums_;
  std::int64_t steps_ = 0, adversary_steps_ = 0;
};

/// One line of the training's log.
struct VqganLogRow {
  std::int64_t step = 0;
  double minutes = 0.0;
  double learning_rate = 0.0;
  VqganTerms terms = {};  // the means since the last row
  VqganQuality quality = {};
};

/// Whether the log has columns for an adversary's terms.
enum class VqganColumns : std::uint8_t { kPlain, kAdversarial };

/// The log as CSV: its head, and one line, which leaves the adversary's fields empty before it
/// takes part.
std::string log_head(VqganColumns columns);
std::string log_line(const VqganLogRow& row, VqganColumns columns);

}  // namespace veilray::train
