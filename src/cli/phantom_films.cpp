#include "cli/phantom_films.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/staged_folder.h"
#include "vision/png.h"

namespace veilray::cli {
namespace {

constexpr std::size_t kValidationEvery = 5;
constexpr const char* kTable = "index.csv";

std::string name_of(std::size_t film) { return fmt::format("{:05}.png", film); }

vision::PhantomOptions drawn(const PhantomFilms& films, std::size_t film) {
  auto options = films.film;
  options.seed += film;
  options.findings = vision::draw_findings(options.seed);
  return options;
}

std::string table_line(const PhantomFilms& films, std::size_t film) {
  std::vector<std::string_view> names;
  for (const auto finding : drawn(films, film).findings) {
    names.push_back(vision::finding_name(finding));
  }
  return fmt::format("{},{},{},PA,{},phantom\n", name_of(film), fmt::join(names, "|"), film,
                     film % kValidationEvery == kValidationEvery - 1 ? "val" : "train");
}

}  // namespace

Status write_phantom_films(const std::filesystem::path& folder, const PhantomFilms& films,
                           Overwrite overwrite, ThreadPool& pool, Progress& progress) {
  const auto fill = [&](const std::filesystem::path& to) -> Status {
    std::string table = "file,labels,patient_id,view,split,dataset\n";
    for (std::size_t from = 0; from < films.count; from += pool.threads()) {
      const auto batch = std::min(pool.threads(), films.count - from);
      std::vector<std::optional<Failure>> failures(batch);
      pool.parallel_for(batch, [&](std::size_t i, std::size_t) {
        const auto png = vision::write_png(vision::draw_phantom(drawn(films, from + i)));
        const auto written = write_file(to / name_of(from + i), png);
        if (!written.ok()) failures[i] = written.failure();
      });
      for (std::size_t i = 0; i < batch; ++i) {
        if (failures[i]) return *failures[i];
        table += table_line(films, from + i);
      }
      progress.update("films drawn", from + batch, films.count);
    }
    return write_file(to / kTable, as_bytes(table));
  };
  return write_folder(folder, {.overwrite = overwrite, .mark = kTable}, fill);
}

}  // namespace veilray::cli
