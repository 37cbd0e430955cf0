#include "base/file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/temporary_file.h"
#include "base/test_folder.h"

namespace veilray {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::uint64_t kPlenty = 1 << 24;

std::string content_of(const fs::path& path) {
  const auto bytes = read_file(path, kPlenty);
  if (!bytes.ok()) return "FAILED " + bytes.failure().line();
  return {reinterpret_cast<const char*>(bytes.value().data()), bytes.value().size()};
}

std::size_t entries_in(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(WriteFile, WritesWhatReadFileReads) {
  const TestFolder folder;
  for (const std::size_t size : {0U, 1U, 65536U, 65537U, 1000000U}) {
    const std::string text(size, 'x');
    ASSERT_TRUE(write_file(folder / "f", as_bytes(text), {.overwrite = Overwrite::kReplace}).ok());
    ASSERT_EQ(content_of(folder / "f"), text);
  }
  EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(WriteFile, RefusesToOverwriteUnlessTold) {
  const TestFolder folder;
  ASSERT_TRUE(write_file(folder / "f", as_bytes("old")).ok());
  const auto refused = write_file(folder / "f", as_bytes("new"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().code, ErrorCode::kExists);
  EXPECT_THAT(refused.failure().line(), HasSubstr((folder / "f").string()));
  EXPECT_EQ(content_of(folder / "f"), "old");
  ASSERT_TRUE(write_file(folder / "f", as_bytes("new"), {.overwrite = Overwrite::kReplace}).ok());
  EXPECT_EQ(content_of(folder / "f"), "new");
  EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(WriteFile, LetsExactlyOneOfManyWritersWin) {
  const TestFolder folder;
  std::array<bool, 8> won{};
  {
    std::vector<std::jthread> writers;
    for (std::size_t i = 0; i < won.size(); ++i) {
      writers.emplace_back([&, i] {
        won[i] = write_file(folder / "f", as_bytes(std::string(100000, char('a' + i)))).ok();
      });
    }
  }
  const auto winner = std::find(won.begin(), won.end(), true) - won.begin();
  ASSERT_EQ(std::count(won.begin(), won.end(), true), 1);
  EXPECT_EQ(content_of(folder / "f"), std::string(100000, static_cast<char>('a' + winner)));
  EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(WriteFile, GivesSecretsTheirModeFromTheStart) {
  const TestFolder folder;
  ASSERT_TRUE(write_file(folder / "secret", as_bytes("s"), {.mode = 0600}).ok());
  struct stat info{};
  ASSERT_EQ(::stat((folder / "secret").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST(WriteFile, FailsIfTheFolderIsMissing) {
  const TestFolder folder;
  const auto status = write_file(folder / "none" / "f", as_bytes("x"));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.failure().code, ErrorCode::kIo);
  EXPECT_EQ(status.failure().line(),
            "no such file or directory: " + (folder / "none" / "f").string() + ": check the path");
}

TEST(WriteFile, FailsIfTheFolderCannotBeWritten) {
  const TestFolder folder;
  fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  // For root permissions mean nothing; /proc is a folder that not even root can write.
  const fs::path target = ::geteuid() == 0 ? fs::path("/proc/veilray") : folder / "f";
  const auto status = write_file(target, as_bytes("x"));
  fs::permissions(folder.path(), fs::perms::owner_all);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.failure().code, ErrorCode::kIo);
  EXPECT_THAT(status.failure().line(), HasSubstr(target.string()));
  EXPECT_EQ(entries_in(folder.path()), 0U);
}

TEST(WriteFile, FailsIfTheTargetIsAFolderOrADevice) {
  const TestFolder folder;
  const WriteOptions replace{.overwrite = Overwrite::kReplace};
  EXPECT_FALSE(write_file(folder.path(), as_bytes("x"), replace).ok());
  const auto device = write_file("/dev/null", as_bytes("x"), replace);
  ASSERT_FALSE(device.ok());
  EXPECT_EQ(device.failure().what, "not a regular file");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST(WriteFile, WritesThroughASymbolicLink) {
  const TestFolder folder;
  ASSERT_TRUE(write_file(folder / "real", as_bytes("old")).ok());
  fs::create_symlink(folder / "real", folder / "link");
  EXPECT_FALSE(write_file(folder / "link", as_bytes("new")).ok());
  const WriteOptions replace{.overwrite = Overwrite::kReplace};
  ASSERT_TRUE(write_file(folder / "link", as_bytes("new"), replace).ok());
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(content_of(folder / "real"), "new");
}

/// Runs `body` in a child process, because it changes limits and signals; its exit code.
int in_child(const std::function<bool()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body() ? 0 : 1);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

TEST(WriteFile, LeavesNothingWhenAFileGrowsBeyondTheLimit) {
  const TestFolder folder;
  const auto body = [&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = 4096, .rlim_max = 4096};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return false;
    const auto status = write_file(folder / "f", as_bytes(std::string(100000, 'x')));
    return !status.ok() && status.failure().code == ErrorCode::kIo &&
           status.failure().where == (folder / "f").string();
  };
  EXPECT_EQ(in_child(body), 0);
  EXPECT_EQ(entries_in(folder.path()), 0U);
}

TEST(WriteFile, KeepsTheOldFileAndLeavesNoTemporaryOnAFullDisk) {
  const TestFolder folder;
  const auto small_disk = SmallDisk::mount_at(folder.path());
  if (!small_disk) GTEST_SKIP() << "a file system of 64 KiB cannot be mounted here (not root)";
  const WriteOptions replace{.overwrite = Overwrite::kReplace};
  ASSERT_TRUE(write_file(folder / "f", as_bytes("old")).ok());
  const auto status = write_file(folder / "f", as_bytes(std::string(1 << 20, 'x')), replace);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.failure().code, ErrorCode::kIo);
  EXPECT_EQ(status.failure().line(), "no space left on device: " + (folder / "f").string() +
                                         ": free some space or choose another folder");
  EXPECT_EQ(content_of(folder / "f"), "old");
  EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(ReadFile, FailsNamingThePathIfThereIsNoFile) {
  const TestFolder folder;
  const auto missing = read_file(folder / "none", kPlenty);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.failure().code, ErrorCode::kIo);
  EXPECT_THAT(missing.failure().line(), HasSubstr((folder / "none").string()));
  const auto directory = read_file(folder.path(), kPlenty);
  ASSERT_FALSE(directory.ok());
  EXPECT_EQ(directory.failure().code, ErrorCode::kIo);
}

TEST(ReadFile, FailsIfTheFileIsLongerThanAllowed) {
  const TestFolder folder;
  ASSERT_TRUE(write_file(folder / "f", as_bytes("12345")).ok());
  EXPECT_TRUE(read_file(folder / "f", 5).ok());
  const auto result = read_file(folder / "f", 4);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.failure().code, ErrorCode::kMalformed);
}

TEST(ReadFile, BoundsWhatHasNoSize) {
  const auto result = read_file("/dev/zero", 1000000);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.failure().code, ErrorCode::kMalformed);
}

TEST(TemporaryFile, IsGoneWithItsObject) {
  const TestFolder folder;
  {
    const auto file = TemporaryFile::create_beside(folder / "f", 0600);
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(entries_in(folder.path()), 1U);
  }
  EXPECT_EQ(entries_in(folder.path()), 0U);
}

TEST(TemporaryFile, IsRemovedByAnInterrupt) {
  const TestFolder folder;
  const auto body = [&] {
    std::signal(SIGINT, [](int) {
      remove_pending_temporaries();
      ::_exit(0);
    });
    const auto first = TemporaryFile::create_beside(folder / "a", 0600);
    const auto second = TemporaryFile::create_beside(folder / "b", 0600);
    if (!first.ok() || !second.ok() || entries_in(folder.path()) != 2) return false;
    ::raise(SIGINT);
    return false;
  };
  EXPECT_EQ(in_child(body), 0);
  EXPECT_EQ(entries_in(folder.path()), 0U);
}

TEST(TemporaryFile, FreesItsPlaceForOthers) {
  const TestFolder folder;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(TemporaryFile::create_beside(folder / "f", 0600).ok());
  }
}

}  // namespace
}  // namespace veilray
