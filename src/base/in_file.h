#pragma once
#include <filesystem>
#include <utility>

#include "base/error.h"

namespace veilray {

/// What a parser of bytes said, with the file they came from as its place.
template <class T>
Result<T> in_file(const std::filesystem::path& path, Result<T> result) {
  if (result.ok()) return result;
  Failure failure = std::move(result).failure();
  failure.where = path.string();
  return failure;
}

}  // namespace veilray
