#include "cli/bench/vqgan.h"

#include <algorithm>
#include <cmath>

#include "vision/phantom.h"
#include "vision/preprocess.h"
#include "vision/vqgan/decoder.h"
#include "vision/vqgan/encoder.h"
#include "vision/vqgan/random_weights.h"

namespace veilray::cli {
namespace {

namespace vqgan = vision::vqgan;

constexpr std::int64_t kFactor = 8;
constexpr std::int64_t kCh = 64;
constexpr std::uint64_t kVqganSeed = 1;

bool has_the_size(const std::optional<Vqgan>& kits) {
  return kits && kits->config.factor() == kFactor && kits->config.ch == kCh;
}

/// Shape and finiteness; that the numbers are PyTorch's is the business of the tests.
Status check(const char* name, const tensor::Tensor& got, const tensor::Shape& shape) {
  const auto finite = [](float value) { return std::isfinite(value); };
  if (got.shape == shape && std::all_of(got.data.begin(), got.data.end(), finite)) return Done{};
  return Failure{ErrorCode::kInternal, std::string("the benchmark's result is wrong: ") + name};
}

}  // namespace

Result<std::vector<BenchRow>> bench_vqgan(const BenchOptions& options,
                                          const std::optional<Vqgan>& kits, Context& context) {
  const bool own = has_the_size(kits);
  const auto config = own ? kits->config : vqgan::published_config(kFactor, kCh);
  const auto weights = own ? kits->weights : vqgan::random_weights(config, kVqganSeed);
  const std::size_t threads = context.pool.threads();
  VEILRAY_TRY(encoder, vqgan::Encoder::create(config, weights, threads));
  VEILRAY_TRY(decoder, vqgan::Decoder::create(config, weights, threads));
  const auto pixels = vision::preprocess(vision::draw_phantom({.side = vision::kInputSide}));
  VEILRAY_TRY(latent, encoder.encode(pixels));
  VEILRAY_TRY(image, decoder.decode(latent));
  VEILRAY_CHECK_OK(
      check("vqgan_encode", latent,
            {config.z_channels, pixels.shape[1] / kFactor, pixels.shape[2] / kFactor}));
  VEILRAY_CHECK_OK(check("vqgan_decode", image, pixels.shape));

  const Json shape = {{"factor", kFactor},
                      {"ch", kCh},
                      {"resolution", vision::kInputSide},
                      {"weights", own ? "the model's" : "random"},
                      {"threads", threads}};
  return std::vector<BenchRow>{
      {"vqgan_encode", shape, measure(options, [&] { (void)encoder.encode(pixels); })},
      {"vqgan_decode", shape, measure(options, [&] { (void)decoder.decode(latent); })}};
}

}  // namespace veilray::cli
