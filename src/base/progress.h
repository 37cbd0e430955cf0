#pragma once
#include <cstddef>
#include <string_view>

namespace veilray {

/// Told how far long work has come. Called from one thread at a time, often; must be cheap.
class Progress {
 public:
  virtual ~Progress() = default;
  /// `done` of `total` steps of `stage`. done == total ends the stage.
  virtual void update(std::string_view stage, std::size_t done, std::size_t total) = 0;
};

/// For callers who do not want to know.
class SilentProgress final : public Progress {
 public:
  void update(std::string_view, std::size_t, std::size_t) override {}
};

}  // namespace veilray
