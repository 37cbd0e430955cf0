#include "vision/phantom.h"

#include <fmt/core.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/phantom_films.h"
#include "vision/png.h"

namespace veilray::cli {
namespace {

struct DrawingOptions {
  std::filesystem::path output;
  std::size_t films = 0;  // a folder of so many; one film where it is 0
  std::vector<std::string> findings;
  std::uint64_t seed = 0;
  std::uint32_t side = 1024;
  std::uint32_t bits = 8;
};

Result<Report> draw_film(const DrawingOptions& options, vision::PhantomOptions film,
                         Context& context) {
  for (const auto& name : options.findings) film.findings.insert(*vision::parse_finding(name));
  const auto png = vision::write_png(vision::draw_phantom(film));
  VEILRAY_CHECK_OK(write_file(options.output, png, {.overwrite = context.options.overwrite()}));
  return Report{{{"file", options.output.string()},
                 {"findings", options.findings},
                 {"seed", options.seed},
                 {"side", options.side},
                 {"bits", options.bits}},
                fmt::format("{}: a drawn chest, nobody's film\n", options.output.string())};
}

Result<Report> draw_films(const DrawingOptions& options, const vision::PhantomOptions& film,
                          Context& context) {
  VEILRAY_CHECK_OK(write_phantom_films(options.output, {options.films, film},
                                       context.options.overwrite(), context.pool,
                                       context.progress));
  return Report{{{"folder", options.output.string()},
                 {"films", options.films},
                 {"seed", options.seed},
                 {"side", options.side},
                 {"bits", options.bits}},
                fmt::format("{}: {} drawn chests and their index.csv\n", options.output.string(),
                            options.films)};
}

Result<Report> draw(const DrawingOptions& options, Context& context) {
  vision::PhantomOptions film{.seed = options.seed, .side = options.side};
  film.max_value = options.bits == 16 ? 65535 : 255;
  return options.films == 0 ? draw_film(options, film, context)
                            : draw_films(options, film, context);
}

std::set<std::string> finding_names() {
  using vision::Finding;
  std::set<std::string> names;
  for (const auto finding : {Finding::kCardiomegaly, Finding::kEffusion, Finding::kPneumothorax,
                             Finding::kNodule, Finding::kConsolidation, Finding::kDevice}) {
    names.emplace(vision::finding_name(finding));
  }
  return names;
}

}  // namespace

Action add_phantom(CLI::App& command) {
  auto options = std::make_shared<DrawingOptions>();
  command.add_option("-o,--output", options->output, "the PNG to write, or the folder of films")
      ->type_name("FILE")
      ->required();
  std::string names;
  for (const auto& name : finding_names()) names += (names.empty() ? "" : " ") + name;
  auto* finding = command
                      .add_option("--finding", options->findings,
                                  "a finding to draw, may be repeated: " + names)
                      ->type_name("NAME")
                      ->check(CLI::IsMember(finding_names()));
  command
      .add_option("--films", options->films,
                  "draw so many films instead, with findings at random and an index.csv")
      ->type_name("N")
      ->check(CLI::Range(1, 99999))
      ->excludes(finding);
  command.add_option("--seed", options->seed, "varies anatomy and noise (default: 0)")
      ->type_name("S")
      ->check(kSeedRange);
  command
      .add_option("--side", options->side, "height and width, 32 to 4096 pixels (default: 1024)")
      ->type_name("N")
      ->check(CLI::Range(32, 4096));
  command.add_option("--bits", options->bits, "8 or 16 bits a sample (default: 8)")
      ->type_name("N")
      ->check(CLI::IsMember({8, 16}));
  command.footer(
      "Example: veilray phantom -o chest.png --finding cardiomegaly --seed 7\n"
      "         veilray phantom -o films --films 200 --side 256");
  return [options](Context& context) { return draw(*options, context); };
}

}  // namespace veilray::cli
