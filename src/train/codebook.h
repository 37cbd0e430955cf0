#pragma once
// Vector quantisation whose codes follow the data by moving averages.
#include <torch/types.h>

#include <cstdint>

namespace veilray::train {

/// The codebook of a VQGAN under training. Codes are not trained by gradients: each is the moving
/// average of the vectors that chose it, and one that is hardly chosen is moved onto a vector of
/// the present batch, so that none stays dead. Source: van den Oord, Vinyals, Kavukcuoglu, arXiv
/// 1711.00937, appendix A.1; revival as in Dhariwal et al., arXiv 2005.00341.
class Codebook {
 public:
  /// `embedding` is [codes, dim], and is written to in place.
  explicit Codebook(torch::Tensor embedding);

  struct Quantized {
    torch::Tensor codes;       // as the input, the gradient passed straight through
    torch::Tensor commitment;  // mean squared distance of the input from its codes, a scalar
    torch::Tensor indices;     // [n * h * w], in the order of rows()
  };
  /// Nearest codes by L2 of [n, dim, h, w].
  Quantized quantize(const torch::Tensor& vectors) const;

  /// Keeps the codes where the embedding has them now: the next call of follow() moves them from
  /// there.
  void stay_here();
  bool placed() const;

  /// Moves the codes towards the vectors that chose them. The very first call places
  /// them, unless they stay.
  /// `seed` names the draw of the vectors onto which dead codes are moved.
  void follow(const torch::Tensor& vectors, const torch::Tensor& indices, std::uint64_t seed);

  /// What a checkpoint keeps beside the embedding itself.
  const torch::Tensor& counts() const noexcept { return counts_; }
  const torch::Tensor& sums() const noexcept { return sums_; }

 private:
  torch::Tensor embedding_, counts_, sums_;
};

/// [n, dim, h, w] to [n * h * w, dim].
torch::Tensor rows(const torch::Tensor& vectors);

}  // namespace veilray::train
