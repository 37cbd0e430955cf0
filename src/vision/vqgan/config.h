#pragma once
// The VQGAN's config file: JSON with the public keys of taming-transformers (NETWORKS.md).
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace veilray::vision::vqgan {

/// The shape of a VQGAN. parse_config and check_config give only configs that can be built.
struct Config {
  std::int64_t z_channels = 4;
  std::int64_t resolution = 256;
  std::int64_t in_channels = 3;
  std::int64_t out_channels = 3;
  std::int64_t ch = 64;
  std::vector<std::int64_t> ch_mult = {1, 2, 2, 4};
  std::int64_t num_res_blocks = 2;
  std::vector<std::int64_t> attn_resolutions = {16};
  double dropout = 0.0;  // training only; carried along
  std::int64_t n_embed = 1024;
  std::int64_t embed_dim = 256;

  /// Image pixels per latent position along one side: 2, 4, 8, 16 or 32.
  std::int64_t factor() const { return std::int64_t{1} << (ch_mult.size() - 1); }
  /// Side of the latent of an image of `resolution`.
  std::int64_t latent_size() const { return resolution / factor(); }

  friend bool operator==(const Config&, const Config&) = default;
};

/// The config with the published z_channels and ch_mult of a factor (2, 4, 8 or 16).
/// Throws: Error{kInvalidArgument} for another factor.
Config published_config(std::int64_t factor, std::int64_t ch = 64);

/// Fails with kInvalidArgument, naming the number that is out of bounds and the bounds.
Status check_config(const Config& config);

/// Fails with kMalformed (no JSON, a key missing, unknown or of the wrong type), kUnsupported
/// (`double_z`, which is another autoencoder) or as check_config does. Unknown keys are refused
/// inside `ddconfig`, where they change the network, and ignored beside it.
Result<Config> parse_config(std::string_view json);
/// parse_config(write_config(c)) == c.
std::string write_config(const Config& config);

/// As parse_config, the failure naming the path.
Result<Config> load_config(const std::filesystem::path& path);

}  // namespace veilray::vision::vqgan
