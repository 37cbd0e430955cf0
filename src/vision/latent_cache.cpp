#include "vision/latent_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "base/file.h"
#include "base/hash.h"
#include "vision/preprocess.h"
#include "vision/vqgan/encoder.h"
#include "vision/vqgan/fingerprint.h"
#include "vision/vqgan/quantizer.h"

namespace veilray::vision {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 64;
constexpr const char* kLatents = "latents";
constexpr const char* kFilms = "films";

/// The latents of one block of films, and which of the block's films they are of.
struct Block {
  tensor::Shape shape;  // of one latent
  std::vector<float> data;
  std::vector<std::size_t> film;
};

const std::string& hash_of(const fs::path& film, FilmHashes& hashes) {
  const auto [known, is_new] = hashes.try_emplace(film);
  if (is_new) {
    const auto bytes = read_file(film, kMaxFileBytes);
    known->second = bytes.ok() ? to_hex(sha256(bytes.value())) : "unreadable";
  }
  return known->second;
}

fs::path block_file(const fs::path& folder, std::span<const fs::path> films,
                    const LatentSource& source, bool force, FilmHashes& hashes) {
  std::string text = fmt::format("veilray latents 2\n{}\n{}\n", source.key, force);
  for (const auto& film : films) text += hash_of(film, hashes) + "\n";
  return folder / (to_hex(sha256(as_bytes(text))).substr(0, 32) + ".safetensors");
}

/// Nothing if the file is not there, or not what we wrote.
std::optional<Block> load_block(const fs::path& file, std::size_t most) {
  const auto loaded = tensor::load_safetensors(file);
  if (!loaded.ok()) return std::nullopt;
  const auto& tensors = loaded.value().tensors;
  const auto latents = tensors.find(kLatents), films = tensors.find(kFilms);
  if (latents == tensors.end() || films == tensors.end()) return std::nullopt;
  const auto& shape = latents->second.shape;
  const auto count = static_cast<std::int64_t>(films->second.data.size());
  if (shape.size() != 4 || shape[0] != count) return std::nullopt;
  Block block{{shape.begin() + 1, shape.end()}, latents->second.data, {}};
  for (const float film : films->second.data) {
    if (!(film >= 0) || film >= static_cast<float>(most) || film != std::floor(film))
      return std::nullopt;
    block.film.push_back(static_cast<std::size_t>(film));
  }
  if (std::adjacent_find(block.film.begin(), block.film.end(), std::greater_equal<>()) !=
      block.film.end())
    return std::nullopt;
  return block;
}

Status save_block(const fs::path& file, const Block& block) {
  std::error_code ignored;  // the write says what is wrong
  fs::create_directories(file.parent_path(), ignored);
  const auto count = static_cast<std::int64_t>(block.film.size());
  tensor::Tensor latents{block.shape, block.data};
  latents.shape.insert(latents.shape.begin(), count);
  tensor::Tensor films = tensor::Tensor::zeros({count});
  std::copy(block.film.begin(), block.film.end(), films.data.begin());
  return tensor::save_safetensors(file, {{{kLatents, std::move(latents)}, {kFilms, films}}, {}},
                                  tensor::DType::kF32, {.overwrite = Overwrite::kReplace});
}

/// Walks through the blocks.
class Maker {
 public:
  Maker(std::span<const fs::path> films, const LatentSource& source,
        const LatentCacheOptions& options, Progress& progress)
      : films_(films), source_(source), options_(options), progress_(progress) {}

  Status add_block(const fs::path& folder, std::size_t first) {
    const auto films = films_.subspan(first, std::min(kBlock, films_.size() - first));
    fs::path file;
    std::optional<Block> block;
    if (!folder.empty()) {
      file = block_file(folder, films, source_, options_.force,
                        options_.hashes != nullptr ? *options_.hashes : own_hashes_);
      block = load_block(file, films.size());
    }
    if (block) {
      VEILRAY_CHECK_OK(report_failures(films, *block));
    } else {
      VEILRAY_TRY(made, make_block(films, first));
      if (!folder.empty() && !made.film.empty()) VEILRAY_CHECK_OK(save_block(file, made));
      block = std::move(made);
    }
    VEILRAY_CHECK_OK(append(*block, first));
    progress_.update("latents", first + films.size(), films_.size());
    return Done{};
  }

  Latents take() && { return std::move(result_); }

 private:
  Result<Block> make_block(std::span<const fs::path> films, std::size_t first) {
    Block block;
    for (std::size_t i = 0; i < films.size(); ++i) {
      progress_.update("latents", first + i, films_.size());
      const auto latent = make(films[i]);
      if (!latent.ok()) {
        VEILRAY_CHECK_OK(count_failure(films[i], latent.failure()));
        continue;
      }
      block.shape = latent.value().shape;
      block.data.insert(block.data.end(), latent.value().data.begin(), latent.value().data.end());
      block.film.push_back(i);
    }
    return block;
  }

  Result<tensor::Tensor> make(const fs::path& film) const {
    VEILRAY_TRY(pixels, load_radiograph(film, {.force = options_.force}));
    return source_.encode(pixels);
  }

  /// Films that a stored block lacks: they are read again, to say what is wrong with them. The
  /// block's name tells that they have not changed.
  Status report_failures(std::span<const fs::path> films, const Block& block) {
    for (std::size_t i = 0; i < films.size(); ++i) {
      if (std::binary_search(block.film.begin(), block.film.end(), i)) continue;
      const auto read = load_radiograph(films[i], {.force = options_.force});
      const Failure failure = read.ok()
                                  ? Failure{ErrorCode::kInvalidArgument, "no latent",
                                            films[i].string(), "remove the cache to try again"}
                                  : read.failure();
      VEILRAY_CHECK_OK(count_failure(films[i], failure));
    }
    return Done{};
  }

  Status count_failure(const fs::path& film, const Failure& failure) {
    ++result_.failed;
    if (options_.on_failure) options_.on_failure(film, failure);
    const auto count = static_cast<double>(films_.size());
    if (static_cast<double>(result_.failed) <= options_.failures_tolerated * count) return Done{};
    return Failure{failure.code,
                   fmt::format("{} of {} films cannot be read, the last one because: {}",
                               result_.failed, films_.size(), failure.what),
                   film.string(), "mend them or take them out of the list"};
  }

  Status append(Block& block, std::size_t first) {
    if (block.film.empty()) return Done{};
    auto& all = result_.latents;
    if (result_.film.empty()) {
      all.shape = block.shape;
      all.data.reserve(films_.size() * tensor::element_count(block.shape));
    }
    if (block.shape != all.shape)
      return Failure{ErrorCode::kMalformed, "latents of two shapes", "the latent cache",
                     "remove the cache"};
    VEILRAY_CHECK_OK(finish(block));
    all.data.insert(all.data.end(), block.data.begin(), block.data.end());
    for (const auto film : block.film) result_.film.push_back(first + film);
    return Done{};
  }

  Status finish(Block& block) const {
    if (!source_.finish) return Done{};
    const auto size = static_cast<std::ptrdiff_t>(tensor::element_count(block.shape));
    for (auto row = block.data.begin(); row != block.data.end(); row += size) {
      VEILRAY_TRY(finished, source_.finish({block.shape, {row, row + size}}));
      std::ranges::copy(finished.data, row);
    }
    return Done{};
  }

  std::span<const fs::path> films_;
  const LatentSource& source_;
  const LatentCacheOptions& options_;
  Progress& progress_;
  FilmHashes own_hashes_;
  Latents result_;
};

}  // namespace

Result<LatentSource> latent_source(const vqgan::Config& config, const tensor::TensorFile& weights,
                                   LatentForm form, std::size_t threads) {
  VEILRAY_TRY(made, vqgan::Encoder::create(config, weights, threads));
  VEILRAY_TRY(print, vqgan::fingerprint(config, weights));
  const auto encoder = std::make_shared<vqgan::Encoder>(std::move(made));
  LatentSource source{"raw " + to_hex(print),
                      [encoder](const auto& pixels) { return encoder->encode(pixels); }};
  if (form == LatentForm::kQuantised) {
    VEILRAY_TRY(quantizer_made, vqgan::Quantizer::create(config, weights));
    const auto quantizer = std::make_shared<vqgan::Quantizer>(std::move(quantizer_made));
    source.finish = [quantizer](const auto& latent) { return quantizer->quantize(latent); };
  }
  return source;
}

Result<Latents> cached_latents(const fs::path& folder, std::span<const fs::path> films,
                               const LatentSource& source, const LatentCacheOptions& options,
                               Progress& progress) {
  Maker maker(films, source, options, progress);
  for (std::size_t first = 0; first < films.size(); first += kBlock)
    VEILRAY_CHECK_OK(maker.add_block(folder, first));
  auto made = std::move(maker).take();
  if (!made.film.empty())
    made.latents.shape.insert(made.latents.shape.begin(),
                              static_cast<std::int64_t>(made.film.size()));
  return made;
}

}  // namespace veilray::vision
