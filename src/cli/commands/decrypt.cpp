#include <fmt/core.h>

#include <memory>
#include <optional>

#include "base/in_file.h"
#include "cli/commands.h"
#include "cli/kit.h"
#include "cli/sharing.h"
#include "client/keys.h"
#include "client/request.h"
#include "plan/images.h"

namespace veilray::cli {
namespace {

constexpr std::uint64_t kMaxAnswerBytes = std::uint64_t{1} << 30;

struct DecryptOptions {
  std::filesystem::path answer, keys;
  std::string model;
  std::optional<std::size_t> images;
  bool share = false;
};

/// How many of the answer's images are told of: those that were encrypted.
Result<std::size_t> chosen_images(const DecryptOptions& options, const plan::ClientKit& kit) {
  const std::size_t chosen = options.images.value_or(kit.images);
  if (chosen >= 1 && chosen <= kit.images) return chosen;
  return Failure{ErrorCode::kUsage, fmt::format("no {} images in an answer", chosen), "--images",
                 fmt::format("an answer of this model holds {}", kit.images)};
}

Result<Report> decrypt(const DecryptOptions& options) {
  VEILRAY_TRY(open, open_kit(options.model));
  VEILRAY_TRY(key, client::load_secret_key(options.keys, open.params, open.kit));
  VEILRAY_TRY(images, chosen_images(options, open.kit));
  VEILRAY_TRY(answer, read_file(options.answer, kMaxAnswerBytes));
  DecryptReport report;
  report.model = open.kit.name;
  report.trained = open.kit.trained;
  if (options.share) {
    SystemRng rng;
    VEILRAY_TRY(flooded, in_file(options.answer, flood_answer(open.params, key, answer, rng)));
    answer = std::move(flooded.bytes);
    report.audience = Audience::kShared;
    report.flood_bits = flooded.flood_bits;
  }
  const client::Client client(open.params, open.kit, key);
  VEILRAY_TRY(logits, in_file(options.answer, client.decrypt(answer)));
  for (std::size_t image = 0; image < images; ++image)
    report.images.push_back(make_findings(open.kit.labels, open.kit.readings,
                                          plan::of_image(logits, image, open.kit.outputs)));
  return make_report(report);
}

}  // namespace

Action add_decrypt(CLI::App& command) {
  auto options = std::make_shared<DecryptOptions>();
  command.add_option("ANSWER", options->answer, "the ciphertext that the server made")->required();
  command.add_option("-k,--keys", options->keys, "the folder that keygen wrote")
      ->type_name("KEYS")
      ->required();
  command.add_option("-m,--model", options->model, "the client kit, or its model")
      ->type_name("DIR")
      ->required();
  command
      .add_option("--images", options->images,
                  "of a model with several images a ciphertext: how many were encrypted "
                  "(default: all that it carries)")
      ->type_name("N");
  command.add_flag("--share", options->share, "for passing on: rounded, flooded, without logits");
  command.footer("Example: veilray decrypt y.ct -k KEYS -m MODEL/client-kit");
  return [options](Context&) { return decrypt(*options); };
}

}  // namespace veilray::cli
