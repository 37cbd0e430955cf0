#include "cli/commands.h"

#include <array>

namespace veilray::cli {
namespace {

constexpr std::array kCommands = {
    Entry{"classify", "radiographs to findings, computed on ciphertexts", add_classify},
    Entry{"encode", "image to VQGAN latent", add_encode},
    Entry{"decode", "VQGAN latent to image", add_decode},
    Entry{"keygen", "make a client's keys", add_keygen},
    Entry{"encrypt", "image or latent to ciphertext", add_encrypt},
    Entry{"infer", "what the server does: ciphertext to ciphertext", add_infer},
    Entry{"decrypt", "ciphertext to findings", add_decrypt},
    Entry{"compile", "make a model folder and its client kit out of a network", add_compile},
    Entry{"inspect", "say what a file or folder is", add_inspect},
    Entry{"run", "a compiled network on an array of latents", add_run},
    Entry{"eval", "AUROC and F1 of a model on films with labels", add_eval},
    Entry{"phantom", "draw a chest film that nobody has to own", add_phantom},
    Entry{"train", "train networks on films: runs veilray-train", add_train},
    Entry{"bench", "the benchmarks, as a table or JSON", add_bench},
};

}  // namespace

std::span<const Entry> all_commands() { return kCommands; }

}  // namespace veilray::cli
