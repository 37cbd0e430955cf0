#include <fmt/core.h>

#include <memory>

#include "base/in_file.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/output.h"
#include "cli/vqgan_source.h"
#include "tensor/npy.h"
#include "vision/preprocess.h"
#include "vision/vqgan/encoder.h"

namespace veilray::cli {
namespace {

struct EncodeOptions {
  std::filesystem::path image;
  std::filesystem::path output;
  VqganOptions vqgan;
};

Result<Report> encode(const EncodeOptions& options, const Context& context) {
  VEILRAY_CHECK_OK(check_output(options.output, context.options));
  VEILRAY_TRY(film, vision::load_radiograph(options.image, {.force = context.options.force}));
  VEILRAY_TRY(vqgan, load_vqgan(options.vqgan));
  VEILRAY_TRY(encoder,
              in_file(vqgan.file, vision::vqgan::Encoder::create(vqgan.config, vqgan.weights,
                                                                 context.options.threads)));
  const Stopwatch watch;
  VEILRAY_TRY(latent, encoder.encode(film));
  const double ms = watch.ms();
  VEILRAY_CHECK_OK(
      tensor::save_npy(options.output, latent, {.overwrite = context.options.overwrite()}));
  return Report{{{"file", options.output.string()}, {"shape", latent.shape}, {"ms", ms}},
                fmt::format("{}: latent {} x {} x {}, {:.0f} ms\n", options.output.string(),
                            latent.shape[0], latent.shape[1], latent.shape[2], ms)};
}

}  // namespace

Action add_encode(CLI::App& command) {
  auto options = std::make_shared<EncodeOptions>();
  command.add_option("IMAGE", options->image, "a radiograph: PNG, JPEG or DICOM")->required();
  command.add_option("-o,--output", options->output, "the .npy to write")
      ->type_name("FILE")
      ->required();
  add_vqgan_options(command, options->vqgan);
  command.footer("Example: veilray encode chest.png -o latent.npy");
  return [options](Context& context) { return encode(*options, context); };
}

}  // namespace veilray::cli
