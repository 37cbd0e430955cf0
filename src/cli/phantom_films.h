#pragma once
// A folder of drawn films with labels: what training and `eval` can be tried on without anybody's
// film.
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/thread_pool.h"
#include "vision/phantom.h"

namespace veilray::cli {

struct PhantomFilms {
  std::size_t count = 0;
  /// Side and depth of each. Film i is drawn with seed + i, and with findings of its own.
  vision::PhantomOptions film;
};

/// Writes count PNGs and an index.csv of them, whole or not at all: one patient a film, and every
/// fifth of them for validation. Fails as write_folder does.
Status write_phantom_films(const std::filesystem::path& folder, const PhantomFilms& films,
                           Overwrite overwrite, ThreadPool& pool, Progress& progress);

}  // namespace veilray::cli
