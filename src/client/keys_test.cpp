#include "client/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/test_folder.h"
#include "ckks/wire.h"
#include "client/kits_testing.h"

namespace veilray::client {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing_kits::small_kit;

class KeyFolder : public ::testing::Test {
 protected:
  plan::ClientKit kit = small_kit();
  ckks::Params params = ckks::Params::create(kit.params).value();
  TestFolder folder;
  fs::path at = folder / "keys";

  Keys make(std::uint64_t seed = 1) {
    SeededRng secret(seed), open(seed + 100);
    SilentProgress silent;
    return generate_keys(params, kit, secret, open, silent);
  }
  static unsigned mode(const fs::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777;
  }
};

TEST_F(KeyFolder, HasExactlyTheKeysThatTheKitAsksForEachAtItsLevel) {
  const Keys keys = make();
  EXPECT_EQ(keys.evaluation.client_id, keys.client_id);
  EXPECT_EQ(keys.evaluation.model, kit.fingerprint());
  EXPECT_EQ(keys.evaluation.relinearization.key.level, kit.relinearization);
  ASSERT_EQ(keys.evaluation.galois.size(), kit.rotations.size());
  for (const auto& rotation : kit.rotations) {
    const auto* key = keys.evaluation.galois.find(
        ckks::to_galois_element({static_cast<std::int32_t>(rotation.step)}, params.n()));
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(key->key.level, rotation.level);
  }
}

TEST_F(KeyFolder, MintsAnotherClientEachTime) { EXPECT_NE(make(1).client_id, make(2).client_id); }

TEST_F(KeyFolder, ReadsTheSecretKeyThatItWrote) {
  const Keys keys = make();
  ASSERT_TRUE(save_keys(at, params, kit, keys, Overwrite::kRefuse).ok());
  const auto read = load_secret_key(at, params, kit);
  ASSERT_TRUE(read.ok()) << read.failure().line();
  EXPECT_EQ(read.value().client_id, keys.client_id);
  EXPECT_TRUE(std::ranges::equal(read.value().key.coefficients(), keys.secret.coefficients()));
}

TEST_F(KeyFolder, HoldsThreeFilesAndOnlyTheOwnerReadsTheSecret) {
  const mode_t before = ::umask(0);
  const auto status = save_keys(at, params, kit, make(), Overwrite::kRefuse);
  ::umask(before);
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(mode(at / "secret.key"), 0600U);
  EXPECT_EQ(mode(at), 0700U);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(at)) names.push_back(entry.path().filename());
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("secret.key", "public.key", "evaluation.key"));
}

TEST_F(KeyFolder, HasNoSecretCoefficientInItsPublicFiles) {
  const Keys keys = make();
  ASSERT_TRUE(save_keys(at, params, kit, keys, Overwrite::kRefuse).ok());
  // Two bits a coefficient, as the format has it: 16 bytes of it stand nowhere else.
  const auto secret = read_file(at / "secret.key", 1 << 20).value();
  const auto contains = [](const auto& bytes, const auto& what) {
    return std::search(bytes.begin(), bytes.end(), what.begin(), what.end()) != bytes.end();
  };
  for (const char* name : {"public.key", "evaluation.key"}) {
    const auto bytes = read_file(at / name, 1 << 30).value();
    for (std::size_t from = 200; from + 16 < secret.size() - 32; from += 16)
      ASSERT_FALSE(contains(bytes, std::span(secret).subspan(from, 16))) << name;
  }
}

TEST_F(KeyFolder, IsRefusedIfOthersMayReadTheSecret) {
  ASSERT_TRUE(save_keys(at, params, kit, make(), Overwrite::kRefuse).ok());
  for (const unsigned open : {0640U, 0604U, 0660U, 0602U, 0777U}) {
    ASSERT_EQ(::chmod((at / "secret.key").c_str(), open), 0);
    const auto read = load_secret_key(at, params, kit);
    ASSERT_FALSE(read.ok()) << open;
    EXPECT_EQ(read.failure().code, ErrorCode::kInsecure);
    EXPECT_THAT(read.failure().line(), HasSubstr("chmod 600"));
  }
  for (const unsigned closed : {0600U, 0400U}) {
    ASSERT_EQ(::chmod((at / "secret.key").c_str(), closed), 0);
    EXPECT_TRUE(load_secret_key(at, params, kit).ok()) << closed;
  }
}

TEST_F(KeyFolder, IsRefusedForAnotherModel) {
  ASSERT_TRUE(save_keys(at, params, kit, make(), Overwrite::kRefuse).ok());
  const auto read = load_secret_key(at, params, small_kit(2));
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.failure().code, ErrorCode::kFingerprintMismatch);
  EXPECT_THAT(read.failure().line(), HasSubstr((at / "secret.key").string()));
}

TEST_F(KeyFolder, IsRefusedForOtherParameters) {
  ASSERT_TRUE(save_keys(at, params, kit, make(), Overwrite::kRefuse).ok());
  const auto other = ckks::Params::create({13, 4, 1, 30}).value();
  const auto read = load_secret_key(at, other, kit);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.failure().code, ErrorCode::kFingerprintMismatch);
}

TEST_F(KeyFolder, IsRefusedIfItIsMissingCutShortOrDamaged) {
  const auto missing = load_secret_key(at, params, kit);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.failure().code, ErrorCode::kIo);
  ASSERT_TRUE(save_keys(at, params, kit, make(), Overwrite::kRefuse).ok());
  const auto good = read_file(at / "secret.key", 1 << 20).value();
  auto cut = good, changed = good;
  cut.resize(cut.size() / 2);
  changed[changed.size() / 2] ^= std::byte{1};
  for (const auto& bytes : {cut, changed, std::vector<std::byte>{}}) {
    ASSERT_TRUE(write_file(at / "secret.key", bytes, {Overwrite::kReplace, 0600}).ok());
    const auto read = load_secret_key(at, params, kit);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.failure().code, ErrorCode::kMalformed);
    EXPECT_THAT(read.failure().line(), HasSubstr((at / "secret.key").string()));
  }
}

TEST_F(KeyFolder, IsNotOverwrittenUnlessTold) {
  ASSERT_TRUE(save_keys(at, params, kit, make(1), Overwrite::kRefuse).ok());
  const auto before = load_secret_key(at, params, kit).value().client_id;
  const auto again = save_keys(at, params, kit, make(2), Overwrite::kRefuse);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.failure().code, ErrorCode::kExists);
  EXPECT_EQ(load_secret_key(at, params, kit).value().client_id, before);
  ASSERT_TRUE(save_keys(at, params, kit, make(2), Overwrite::kReplace).ok());
  EXPECT_NE(load_secret_key(at, params, kit).value().client_id, before);
}

TEST_F(KeyFolder, IsWholeOrNotAtAll) {
  const auto nowhere = save_keys(folder / "no/keys", params, kit, make(), Overwrite::kRefuse);
  ASSERT_FALSE(nowhere.ok());
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST_F(KeyFolder, IsNotThereAtAllIfTheDiskIsFull) {
  const auto disk = SmallDisk::mount_at(folder.path());
  if (!disk) GTEST_SKIP() << "only root may mount a disk to fill";
  const auto full = save_keys(at, params, kit, make(), Overwrite::kRefuse);
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.failure().code, ErrorCode::kIo);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace veilray::client
