#include "vision/phantom.h"

#include <fmt/core.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "vision/png.h"

namespace veilray::cli {
namespace {

struct Options {
  std::filesystem::path output;
  std::vector<std::string> findings;
  std::uint64_t seed = 0;
  std::uint32_t side = 1024;
  std::uint32_t bits = 8;
};

Report report(const Options& options) {
  return {{{"file", options.output.string()},
           {"findings", options.findings},
           {"seed", options.seed},
           {"side", options.side},
           {"bits", options.bits}},
          fmt::format("{}: a drawn chest, nobody's film\n", options.output.string())};
}

Result<Report> draw(const Options& options, const Context& context) {
  vision::PhantomOptions phantom{.seed = options.seed, .side = options.side};
  phantom.max_value = options.bits == 16 ? 65535 : 255;
  for (const auto& name : options.findings) phantom.findings.insert(*vision::parse_finding(name));
  const auto png = vision::write_png(vision::draw_phantom(phantom));
  VEILRAY_CHECK_OK(write_file(options.output, png, {.overwrite = context.options.overwrite()}));
  return report(options);
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
  auto options = std::make_shared<Options>();
  command.add_option("-o,--output", options->output, "the PNG to write")
      ->type_name("FILE")
      ->required();
  std::string names;
  for (const auto& name : finding_names()) names += (names.empty() ? "" : " ") + name;
  command
      .add_option("--finding", options->findings, "a finding to draw, may be repeated: " + names)
      ->type_name("NAME")
      ->check(CLI::IsMember(finding_names()));
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
  command.footer("Example: veilray phantom -o chest.png --finding cardiomegaly --seed 7");
  return [options](Context& context) { return draw(*options, context); };
}

}  // namespace veilray::cli
