#pragma once
// The latents of many films, made once. A classifier then trains in minutes, and an evaluation is
// repeated in seconds.
//
//   VEILRAY_TRY(source, latent_source(config, weights, LatentForm::kRaw, threads));
//   VEILRAY_TRY(made, cached_latents("cache", films, source, {}, progress));
//   // made.latents is [made.film.size(), C, S, S]; row i is of films[made.film[i]]
//
// The cache is a folder of safetensors files of 64 films each, named by what they depend on: the
// source's key, and the bytes of each film. So a run that was killed goes on where it stood,
// another VQGAN or a changed film is encoded anew, one folder serves all, and films may be moved.
#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "tensor/safetensors.h"
#include "vision/vqgan/config.h"

namespace veilray::vision {

/// How pixels become a latent, under a name that says everything that it depends on.
struct LatentSource {
  std::string key;
  /// [3, 256, 256] in [-1, 1] to a latent of one shape.
  std::function<Result<tensor::Tensor>(const tensor::Tensor& pixels)> encode;
  /// Of the same shape, cheap, and done anew whenever a latent comes out of the cache, so that
  /// sources that differ in it share one; may be empty.
  std::function<Result<tensor::Tensor>(const tensor::Tensor& latent)> finish = {};
};

enum class LatentForm : std::uint8_t { kRaw, kQuantised };

/// A VQGAN's encoder, finished by its quantizer if asked for; its fingerprint is the key. `threads`
/// zero means one per core. Fails as Encoder::create() does.
Result<LatentSource> latent_source(const vqgan::Config& config, const tensor::TensorFile& weights,
                                   LatentForm form, std::size_t threads);

/// What films are, by their bytes: remembered over calls with the same films, each is read once.
using FilmHashes = std::map<std::filesystem::path, std::string>;

struct LatentCacheOptions {
  bool force = false;                // films that the header speaks against
  double failures_tolerated = 0.05;  // share of the films: more is an error
  /// Told of each film that gives no latent, in order.
  std::function<void(const std::filesystem::path& film, const Failure& failure)> on_failure = {};
  FilmHashes* hashes = nullptr;  // to look up and to add to; may be null
};

struct Latents {
  tensor::Tensor latents;         // [n, C, S, S]
  std::vector<std::size_t> film;  // of each row, ascending: its place in the list that was given
  std::size_t failed = 0;         // missing or corrupt
};

/// Reads what `folder` has of these films, and makes and keeps the rest. An empty `folder` keeps
/// nothing. A file of the cache that is damaged is made again.
/// Fails with kIo if the cache cannot be written, or with the last film's failure when more fail
/// than is tolerated.
Result<Latents> cached_latents(const std::filesystem::path& folder,
                               std::span<const std::filesystem::path> films,
                               const LatentSource& source, const LatentCacheOptions& options,
                               Progress& progress);

}  // namespace veilray::vision
