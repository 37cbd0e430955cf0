#pragma once
// What a command is made of. Each file in commands/ declares one `add_*`; app.cpp lists them.
#include <CLI/CLI.hpp>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/thread_pool.h"

namespace veilray::cli {

/// Keeps keys in the order in which they are written: the order of the documentation.
using Json = nlohmann::ordered_json;

/// Options that every command has.
struct CommonOptions {
  bool json = false;
  bool quiet = false;
  bool force = false;
  std::size_t threads = 0;  // one per core

  Overwrite overwrite() const { return force ? Overwrite::kReplace : Overwrite::kRefuse; }
};

/// A seed as people type it. In double, because CLI11 reads too large a whole number as the
/// largest.
inline const CLI::Range kSeedRange(0.0, 0x1p53);

/// What a command prints: the same facts twice.
struct Report {
  Json json;
  std::string text;     // with its last newline; empty for nothing
  bool failed = false;  // some of the work failed and was reported: exit code 1
};

/// What main gives to a command.
struct Context {
  const CommonOptions& options;
  ThreadPool& pool;
  Progress& progress;
};

/// Runs once the command line has been understood.
using Action = std::function<Result<Report>(Context&)>;
/// Declares a command's options, example included, and returns what it does.
using AddCommand = Action (*)(CLI::App& command);

}  // namespace veilray::cli
