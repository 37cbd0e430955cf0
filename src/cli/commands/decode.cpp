#include <fmt/core.h>

#include <memory>

#include "base/in_file.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/latent.h"
#include "cli/output.h"
#include "cli/vqgan_source.h"
#include "vision/png.h"
#include "vision/preprocess.h"
#include "vision/vqgan/decoder.h"

namespace veilray::cli {
namespace {

struct DecodeOptions {
  std::filesystem::path latent;
  std::filesystem::path output;
  VqganOptions vqgan;
};

Result<Report> decode(const DecodeOptions& options, const Context& context) {
  VEILRAY_CHECK_OK(check_output(options.output, context.options));
  VEILRAY_TRY(latent, load_latent(options.latent));
  VEILRAY_TRY(vqgan, load_vqgan(options.vqgan));
  const auto side = vqgan.config.latent_size();
  VEILRAY_CHECK_OK(require_shape(latent, {vqgan.config.z_channels, side, side}, options.latent));
  VEILRAY_TRY(decoder,
              in_file(vqgan.file, vision::vqgan::Decoder::create(vqgan.config, vqgan.weights,
                                                                 context.options.threads)));
  const Stopwatch watch;
  VEILRAY_TRY(film, decoder.decode(latent));
  const double ms = watch.ms();
  const auto image = vision::to_image(film);
  VEILRAY_CHECK_OK(write_file(options.output, vision::write_png(image),
                              {.overwrite = context.options.overwrite()}));
  return Report{{{"file", options.output.string()},
                 {"width", image.width},
                 {"height", image.height},
                 {"ms", ms}},
                fmt::format("{}: {} x {} pixels, {:.0f} ms\n", options.output.string(), image.width,
                            image.height, ms)};
}

}  // namespace

Action add_decode(CLI::App& command) {
  auto options = std::make_shared<DecodeOptions>();
  command.add_option("LATENT", options->latent, "a .npy of [C, S, S] or [1, C, S, S]")->required();
  command.add_option("-o,--output", options->output, "the PNG to write")
      ->type_name("FILE")
      ->required();
  add_vqgan_options(command, options->vqgan);
  command.footer("Example: veilray decode latent.npy -o image.png");
  return [options](Context& context) { return decode(*options, context); };
}

}  // namespace veilray::cli
