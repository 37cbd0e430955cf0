#include "cli/bench/subject.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/test_folder.h"

namespace veilray::cli {
namespace {

struct Setting {
  CommonOptions options;
  ThreadPool pool{1};
  SilentProgress progress;
  Context context{options, pool, progress};
};

TEST(BenchSubject, IsHefnetWithRandomWeightsWhereThereIsNoModel) {
  const TestFolder empty;
  setenv("VEILRAY_MODELS", empty.path().c_str(), 1);
  Setting setting;
  const auto subject = bench_subject({.repetitions = 3}, setting.context);
  unsetenv("VEILRAY_MODELS");
  ASSERT_TRUE(subject.ok()) << subject.failure().line();
  const auto& [model, vqgan, latents] = subject.value();
  EXPECT_EQ(model.model.architecture, "hefnet, attention none");
  EXPECT_FALSE(model.model.trained);
  EXPECT_FALSE(vqgan.has_value());
  ASSERT_EQ(latents.size(), 3U);
  for (const auto& latent : latents) EXPECT_EQ(latent.shape, model.kit.input.shape());
  EXPECT_NE(latents[0].data, latents[1].data);
}

TEST(BenchSubject, FailsIfTheNamedModelIsMissing) {
  Setting setting;
  const auto subject = bench_subject({.model = "nowhere"}, setting.context);
  ASSERT_FALSE(subject.ok());
  EXPECT_EQ(subject.failure().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace veilray::cli
