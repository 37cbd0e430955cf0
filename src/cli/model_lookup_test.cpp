#include "cli/model_lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace veilray::cli {
namespace {
namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ModelLookup : public ::testing::Test {
 protected:
  ModelLookup() { fs::create_directories(root_); }
  ~ModelLookup() override { fs::remove_all(root_); }

  fs::path make_model(const std::string& where) {
    const auto folder = root_ / where;
    fs::create_directories(folder / "client-kit");
    std::ofstream(folder / "model.json") << "{}";
    std::ofstream(folder / "client-kit" / "kit.json") << "{}";
    return folder;
  }
  fs::path root_ = fs::temp_directory_path() / ("veilray-lookup-" + std::to_string(getpid()));
};

TEST_F(ModelLookup, TakesAPath) {
  const auto folder = make_model("a/b");
  EXPECT_EQ(find_model(folder.string(), {}).value(), folder);
  EXPECT_EQ(find_client_kit(folder.string(), {}).value(), folder / "client-kit");
  EXPECT_EQ(find_client_kit((folder / "client-kit").string(), {}).value(), folder / "client-kit");
}

TEST_F(ModelLookup, LooksANameUpInFoldersInTheirOrder) {
  const auto second = make_model("two/chest");
  EXPECT_EQ(find_model("chest", {root_ / "one", root_ / "two"}).value(), second);
  const auto first = make_model("one/chest");
  EXPECT_EQ(find_model("chest", {root_ / "one", root_ / "two"}).value(), first);
}

TEST_F(ModelLookup, DoesNotLookPathsUp) {
  make_model("one/deep/chest");
  EXPECT_FALSE(find_model("deep/chest", {root_ / "one"}).ok());
  EXPECT_FALSE(find_model("..", {root_ / "one" / "deep" / "chest" / "client-kit"}).ok());
}

TEST_F(ModelLookup, FailsWithTheNameAndThePlacesTried) {
  const auto result = find_model("nowhere", {root_ / "one", root_ / "two"});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.failure().code, ErrorCode::kIo);
  EXPECT_THAT(result.failure().what, HasSubstr("nowhere"));
  EXPECT_THAT(result.failure().where, HasSubstr((root_ / "two" / "nowhere").string()));
}

TEST_F(ModelLookup, IsNotContentWithAFolderThatHoldsNoModel) {
  fs::create_directories(root_ / "one" / "chest");
  EXPECT_FALSE(find_model("chest", {root_ / "one"}).ok());
  EXPECT_FALSE(find_client_kit("chest", {root_ / "one"}).ok());
}

TEST_F(ModelLookup, AsksTheEnvironmentFirst) {
  const char* before = std::getenv("VEILRAY_MODELS");
  const std::string kept = before == nullptr ? "" : before;
  setenv("VEILRAY_MODELS", root_.c_str(), 1);
  EXPECT_EQ(model_folders().front(), root_);
  setenv("VEILRAY_MODELS", kept.c_str(), 1);
}

}  // namespace
}  // namespace veilray::cli
