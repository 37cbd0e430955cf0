#pragma once
// The stages of architecture.h as things that run.
#include <memory>
#include <span>

#include "tensor/safetensors.h"
#include "vision/nn/activation.h"
#include "vision/vqgan/architecture.h"

namespace veilray::vision::vqgan {

/// Three maps serve the whole network: what flows along it, and two that a layer may overwrite.
struct Workspace {
  nn::FeatureMap x;
  nn::FeatureMap a;
  nn::FeatureMap b;
};

/// From x to x.
class Layer {
 public:
  virtual ~Layer() = default;
  virtual void run(Workspace& work) = 0;
};

/// The last layer: x to a planar image.
class Head {
 public:
  virtual ~Head() = default;
  virtual void run(Workspace& work, std::span<float> out) = 0;
};

/// The first one: a planar image of some height and width to x.
class Stem {
 public:
  virtual ~Stem() = default;
  virtual void run(std::span<const float> in, std::int64_t height, std::int64_t width,
                   Workspace& work) = 0;
};

/// A side length to be prepared for, which stages halve or double.
struct Side {
  std::int64_t height = 0;
  std::int64_t width = 0;
};

// `weights` has passed check_part. `side` is what enters, and then what leaves.
std::unique_ptr<Stem> make_stem(const Stage& stage, const tensor::TensorFile& weights, Side& side);
std::unique_ptr<Layer> make_layer(const Stage& stage, const tensor::TensorFile& weights,
                                  Side& side);
std::unique_ptr<Head> make_head(const Stage& stage, const tensor::TensorFile& weights, Side& side);

}  // namespace veilray::vision::vqgan
