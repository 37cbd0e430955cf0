// Real films, from VEILRAY_FILMS or ../shared/data beside the checkout; skipped without them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "vision/preprocess.h"

namespace veilray::vision {
namespace {

namespace fs = std::filesystem;

fs::path films_folder() {
  const char* named = std::getenv("VEILRAY_FILMS");
  return named != nullptr ? fs::path(named) : fs::path(VEILRAY_SHARED_DATA);
}

/// In order of their names, so that a sample is the same on every machine.
std::vector<fs::path> files_below(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> files;
  if (!fs::is_directory(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

void expect_radiograph(const fs::path& path) {
  const auto result = load_radiograph(path);
  ASSERT_TRUE(result.ok()) << result.failure().line();
  const auto& data = result.value().data;
  const auto [least, greatest] = std::ranges::minmax_element(data);
  EXPECT_GE(*least, -1.0F) << path;
  EXPECT_LE(*greatest, 1.0F) << path;
  EXPECT_GT(*greatest - *least, 0.7F) << path;  // a picture, not a haze
}

TEST(Films, EveryDicomFileLoads) {
  const auto files = files_below(films_folder(), ".dcm");
  if (files.empty()) GTEST_SKIP() << "no DICOM films (VEILRAY_FILMS is unset or holds none)";
  for (const auto& file : files) expect_radiograph(file);
}

TEST(Films, ASampleOfJpegFilmsLoads) {
  const auto files = files_below(films_folder(), ".jpg");
  if (files.empty()) GTEST_SKIP() << "no JPEG films (VEILRAY_FILMS is unset or holds none)";
  const auto step = std::max<std::size_t>(1, files.size() / 200);
  for (std::size_t i = 0; i < files.size(); i += step) expect_radiograph(files[i]);
}

TEST(Films, OfMonochrome1AreTheNegativeOfTheirTwin) {
  const auto folder = films_folder() / "dicom";
  const auto plain = folder / "siim_CR_PA_jpegbaseline.dcm";
  const auto twin = folder / "siim_CR_PA_jpegbaseline_MONOCHROME1_tag_only.dcm";
  if (!fs::exists(plain) || !fs::exists(twin)) GTEST_SKIP() << "the pair of films is not there";
  const auto a = load_radiograph(plain).value();
  const auto b = load_radiograph(twin).value();
  for (std::size_t i = 0; i < a.data.size(); ++i) ASSERT_NEAR(a.data[i], -b.data[i], 1e-5);
}

}  // namespace
}  // namespace veilray::vision
