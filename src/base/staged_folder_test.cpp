#include "base/staged_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "base/test_folder.h"

namespace veilray {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

const FolderOptions kRefuse{.mark = "mark"};
const FolderOptions kReplace{.overwrite = Overwrite::kReplace, .mark = "mark"};

/// Puts a folder with these files in place; the failure's line, or "".
std::string put(const fs::path& target, const FolderOptions& options,
                const std::vector<std::string>& files) {
  auto staged = StagedFolder::create(target, options);
  if (!staged.ok()) return staged.failure().line();
  for (const auto& file : files) {
    EXPECT_TRUE(write_file(staged.value().path() / file, as_bytes("x")).ok());
  }
  const auto status = staged.value().commit();
  return status.ok() ? "" : status.failure().line();
}

TEST(WriteFolder, NamesFilesThatFailAsIfTheyStoodInTheTarget) {
  const TestFolder folder;
  const auto status = write_folder(folder / "out", kRefuse, [](const fs::path& at) {
    return write_file(at / "gone" / "file", as_bytes("x"));
  });
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.failure().where, (folder / "out/gone/file").string());
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre());
}

TEST(StagedFolder, AppearsWholeAndLeavesNothingBesideIt) {
  const TestFolder folder;
  EXPECT_EQ(put(folder / "out", kRefuse, {"mark", "more"}), "");
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("out"));
  EXPECT_THAT(names_in(folder / "out"), UnorderedElementsAre("mark", "more"));
  EXPECT_EQ(put(folder / "slash/", kRefuse, {"mark"}), "");
  EXPECT_TRUE(fs::is_directory(folder / "slash"));
}

TEST(StagedFolder, IsGoneIfItIsNotCommitted) {
  const TestFolder folder;
  {
    auto staged = StagedFolder::create(folder / "out", kRefuse).value();
    ASSERT_TRUE(write_file(staged.path() / "file", as_bytes("x")).ok());
    ASSERT_TRUE(fs::create_directory(staged.path() / "inner"));
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(StagedFolder, RefusesWhatIsThereAlready) {
  const TestFolder folder;
  fs::create_directory(folder / "out");
  EXPECT_THAT(put(folder / "out", kRefuse, {}), HasSubstr("out: remove it or pass --force"));
  EXPECT_THAT(put(folder / "no" / "out", kRefuse, {}), HasSubstr("no/out: check the path"));
}

TEST(StagedFolder, RefusesWhatCameWhileItWasFilled) {
  const TestFolder folder;
  auto staged = StagedFolder::create(folder / "out", kRefuse).value();
  ASSERT_EQ(put(folder / "out", kRefuse, {"mark", "theirs"}), "");
  EXPECT_FALSE(staged.commit().ok());
  EXPECT_THAT(names_in(folder / "out"), UnorderedElementsAre("mark", "theirs"));
}

TEST(StagedFolder, ReplacesAFolderOfItsKindOrAnEmptyOne) {
  const TestFolder folder;
  ASSERT_EQ(put(folder / "out", kRefuse, {"mark", "old"}), "");
  EXPECT_EQ(put(folder / "out", kReplace, {"mark", "new"}), "");
  EXPECT_THAT(names_in(folder / "out"), UnorderedElementsAre("mark", "new"));
  fs::create_directory(folder / "empty");
  EXPECT_EQ(put(folder / "empty", kReplace, {"mark"}), "");
  fs::create_directory_symlink(folder / "out", folder / "link");
  EXPECT_EQ(put(folder / "link", kReplace, {"mark", "newest"}), "");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_THAT(names_in(folder / "out"), UnorderedElementsAre("mark", "newest"));
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("out", "empty", "link"));
}

TEST(StagedFolder, NeverReplacesAFolderOfSomethingElseNorAFile) {
  const TestFolder folder;
  fs::create_directory(folder / "home");
  ASSERT_TRUE(write_file(folder / "home" / "thesis", as_bytes("years")).ok());
  EXPECT_THAT(put(folder / "home", kReplace, {"mark"}),
              HasSubstr("it has no mark): " + (folder / "home").string()));
  EXPECT_THAT(put(folder / "home" / "thesis", kReplace, {"mark"}), HasSubstr("not a folder"));
  EXPECT_THAT(names_in(folder / "home"), UnorderedElementsAre("thesis"));
  EXPECT_THAT(names_in(folder.path()), UnorderedElementsAre("home"));
}

TEST(StagedFolder, HasTheModeAskedForFromTheStart) {
  const TestFolder folder;
  const mode_t before = ::umask(0);
  const auto staged = StagedFolder::create(folder / "out", {.mark = "mark", .mode = 0700});
  ::umask(before);
  struct stat status{};
  ASSERT_EQ(::stat(staged.value().path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
}

TEST(StagedFolder, IsRemovedByAnInterruptWithAllThatItHolds) {
  const TestFolder folder;
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGINT, [](int) {
      remove_pending_temporaries();
      ::_exit(0);
    });
    const auto staged = StagedFolder::create(folder / "out", kRefuse).value();
    fs::create_directory(staged.path() / "inner");
    for (int i = 0; i < 100; ++i) {  // more than one reading of a folder gives
      const auto name = "a file of some length " + std::to_string(i);
      if (!write_file(staged.path() / "inner" / name, as_bytes("secret")).ok()) ::_exit(1);
    }
    fs::create_directory_symlink("/", staged.path() / "link");
    ::raise(SIGINT);
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(fs::is_empty(folder.path())) << names_in(folder.path()).front();
}

}  // namespace
}  // namespace veilray
