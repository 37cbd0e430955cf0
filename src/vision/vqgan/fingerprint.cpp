#include "vision/vqgan/fingerprint.h"

#include <span>

#include "base/file.h"
#include "vision/vqgan/weights.h"

namespace veilray::vision::vqgan {

Result<Sha256> fingerprint(const Config& config, const tensor::TensorFile& weights) {
  Config shape = config;
  shape.dropout = 0;  // of training alone
  std::string text = "veilray vqgan 1\n" + write_config(shape);
  for (const Part part : {Part::kEncoder, Part::kQuantizer}) {
    VEILRAY_CHECK_OK(check_part(config, weights, part));
    for (const auto& spec : part_tensors(config, part)) {
      const auto& data = weights.tensors.at(spec.name).data;
      text += spec.name + " " + to_hex(sha256(std::as_bytes(std::span(data)))) + "\n";
    }
  }
  return sha256(as_bytes(text));
}

}  // namespace veilray::vision::vqgan
