#pragma once
// What a VQGAN's training tells of itself.
#include <cstdint>
#include <string>
#include <string_view>

namespace veilray::train {

/// How well films come back through codes, over some validation films.
struct VqganQuality {
  std::int64_t films = 0;
  double psnr = 0.0;          // dB, the mean over films
  double ssim = 0.0;          // the mean over films
  double codebook_use = 0.0;  // share of the codes that some film uses
};

/// One line of the training's log.
struct VqganLogRow {
  std::int64_t step = 0;
  double minutes = 0.0;
  double learning_rate = 0.0;
  double loss = 0.0;  // the mean since the last row, as its terms
  double reconstruction = 0.0;
  double commitment = 0.0;
  VqganQuality quality;
};

/// The log as CSV: its head, and one line.
std::string_view log_head() noexcept;
std::string log_line(const VqganLogRow& row);

}  // namespace veilray::train
