// What is refused: one line each, that names the place and what could be done instead.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/test_folder.h"
#include "graph/onnx/onnx_testing.h"

namespace veilray::graph::onnx {
namespace {

using ::onnx::AttributeProto;
using ::onnx::TensorProto;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string line(const Result<Graph>& graph) { return graph.ok() ? "" : graph.failure().line(); }
std::string refusal(const OnnxFile& file) { return line(file.import()); }

/// A network that is taken, to be spoilt: a convolution, its square, a mean, a dense layer.
OnnxFile whole() {
  OnnxFile file({2, 4, 4});
  const auto conv =
      file.node("Conv", {"x", file.constant(Tensor{{3, 2, 1, 1}, {1, 2, 3, 4, 5, 6}})});
  const auto mean = file.node("GlobalAveragePool", {file.node("Mul", {conv, conv})});
  const auto flat = file.node("Flatten", {mean});
  file.node("Gemm", {flat, file.constant(Tensor{{3, 2}, {1, 2, 3, 4, 5, 6}})});
  return file;
}

/// A network of one node of that type.
OnnxFile single(const std::string& type) {
  OnnxFile file({2, 4, 4});
  file.raw(type, {"x"});
  return file;
}

::onnx::TensorShapeProto* input_shape(OnnxFile& file) {
  auto* type = file.proto.mutable_graph()->mutable_input(0)->mutable_type();
  return type->mutable_tensor_type()->mutable_shape();
}

TEST(ImportOnnx, FailsIfAnOperationIsUnknownNamingItAndWhatToDo) {
  EXPECT_THAT(refusal(single("Softsign")),
              AllOf(HasSubstr("node Softsign_0 (Softsign)"), HasSubstr("a x^2 + b x + c")));
  EXPECT_THAT(refusal(single("MaxPool")), HasSubstr("use AveragePool"));
  EXPECT_THAT(refusal(single("LSTM")), AllOf(HasSubstr("(LSTM)"), HasSubstr("use convolutions")));
  auto foreign = single("Conv");
  foreign.proto.mutable_graph()->mutable_node(0)->set_domain("com.vendor");
  EXPECT_THAT(refusal(foreign), HasSubstr("domain com.vendor"));
}

TEST(ImportOnnx, FailsIfTheFileIsCutOffAnywhere) {
  const std::string bytes = whole().bytes();
  ASSERT_TRUE(import(as_bytes(bytes)).ok());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto cut = import(as_bytes(bytes.substr(0, size)));
    // What follows the graph is the opset: without it, too, the file is none.
    ASSERT_FALSE(cut.ok()) << size;
    ASSERT_EQ(cut.failure().line().find('\n'), std::string::npos) << size;
  }
}

TEST(ImportOnnx, TakesChangedBytesOrRefusesThem) {
  const std::string bytes = whole().bytes();
  testing_graphs::Draw draw(11);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string changed = bytes;
    for (std::int64_t k = draw.below(3); k >= 0; --k)
      changed[static_cast<std::size_t>(draw.below(static_cast<std::int64_t>(bytes.size())))] =
          static_cast<char>(draw.below(256));
    refused += import(as_bytes(changed)).ok() ? 0 : 1;
  }
  EXPECT_GT(refused, 1000) << "seed 11";
}

TEST(ImportOnnx, FailsIfNodesFormACircleOrAreOutOfOrder) {
  auto circle = whole();
  auto* conv = circle.proto.mutable_graph()->mutable_node(0);
  conv->set_input(0, circle.proto.graph().node(1).output(0));
  EXPECT_THAT(refusal(circle), AllOf(HasSubstr("circle"), HasSubstr("(Conv)")));
  auto swapped = whole();
  swapped.proto.mutable_graph()->mutable_node()->SwapElements(0, 1);
  EXPECT_THAT(refusal(swapped), HasSubstr("out of order"));
  auto twice = whole();
  twice.proto.mutable_graph()->mutable_node(1)->set_output(0, conv->output(0));
  EXPECT_THAT(refusal(twice), HasSubstr("two nodes give"));
}

TEST(ImportOnnx, FailsIfATensorIsNotWhatItsShapeSays) {
  auto file = whole();
  auto* weight = file.proto.mutable_graph()->mutable_initializer(0);
  weight->set_dims(0, 4);
  EXPECT_THAT(refusal(file), AllOf(HasSubstr("as many values"), HasSubstr("tensor c")));
  weight->set_dims(0, std::int64_t{1} << 62);
  EXPECT_THAT(refusal(file), HasSubstr("too large"));
  weight->set_dims(0, -3);
  EXPECT_THAT(refusal(file), HasSubstr("negative extent"));
}

TEST(ImportOnnx, FailsIfValuesLieInAnotherFile) {
  auto file = whole();
  auto* weight = file.proto.mutable_graph()->mutable_initializer(0);
  weight->clear_raw_data();
  weight->set_data_location(TensorProto::EXTERNAL);
  weight->add_external_data()->set_key("location");
  EXPECT_THAT(refusal(file), HasSubstr("in another file"));
}

TEST(ImportOnnx, FailsIfAWeightIsNoNumber) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    OnnxFile file({1, 2, 2});
    file.node("Flatten", {file.node("Conv", {"x", file.constant(Tensor{{1, 1, 1, 1}, {bad}})})});
    EXPECT_THAT(refusal(file), HasSubstr("NaN or infinite"));
  }
  OnnxFile large({1, 2, 2});
  auto* weight = large.initializer(TensorProto::DOUBLE, {1, 1, 1, 1});
  weight->add_double_data(1e300);
  large.node("Flatten", {large.node("Conv", {"x", weight->name()})});
  EXPECT_THAT(refusal(large), HasSubstr("NaN or infinite"));
}

TEST(ImportOnnx, FailsIfItIsQuantised) {
  EXPECT_THAT(refusal(single("QuantizeLinear")), HasSubstr("quantised"));
  auto file = whole();
  file.proto.mutable_graph()->mutable_initializer(0)->set_data_type(TensorProto::INT8);
  EXPECT_THAT(refusal(file), HasSubstr("quantised"));
}

TEST(ImportOnnx, FailsIfTheInputIsOfNoFixedShape) {
  auto file = whole();
  input_shape(file)->mutable_dim(2)->set_dim_param("height");
  EXPECT_THAT(refusal(file), AllOf(HasSubstr("axis 2"), HasSubstr("input x")));
  auto batch = whole();
  input_shape(batch)->mutable_dim(0)->set_dim_value(8);
  EXPECT_THAT(refusal(batch), HasSubstr("8 images"));
  auto large = whole();
  input_shape(large)->mutable_dim(3)->set_dim_value(std::int64_t{1} << 40);
  EXPECT_THAT(refusal(large), HasSubstr("too large"));
}

TEST(ImportOnnx, FailsIfThereIsNotOneInputAndOneOutput) {
  auto file = whole();
  auto* second = file.proto.mutable_graph()->add_input();
  *second = file.proto.graph().input(0);
  second->set_name("y");
  EXPECT_THAT(refusal(file), HasSubstr("2 inputs and 1 outputs"));
  auto map = OnnxFile({2, 4, 4});
  map.node("Mul", {"x", "x"});
  EXPECT_THAT(refusal(map), HasSubstr("no list of numbers"));
}

TEST(ImportOnnx, FailsIfItIsInTrainingMode) {
  for (const bool by_attribute : {true, false}) {  // or, before opset 14, by its outputs
    OnnxFile file({2, 3, 3});
    const auto ones = file.constant({1, 1});
    auto& norm = file.raw("BatchNormalization", {"x", ones, ones, ones, ones});
    if (by_attribute) {
      auto* mode = norm.add_attribute();
      mode->set_name("training_mode");
      mode->set_type(AttributeProto::INT);
      mode->set_i(1);
    } else {
      norm.add_output("mean");
    }
    file.node("Flatten", {norm.output(0)});
    EXPECT_THAT(refusal(file), HasSubstr("training mode"));
  }
  OnnxFile dropout({2, 3, 3});
  auto* on = dropout.initializer(TensorProto::BOOL, {});
  on->add_int32_data(1);
  dropout.node("Flatten", {dropout.node("Dropout", {"x", dropout.number(0.5), on->name()})});
  EXPECT_THAT(refusal(dropout), HasSubstr("training mode"));
}

TEST(ImportOnnx, FailsIfTheOpsetIsAnother) {
  for (const int opset : {12, 18}) {
    OnnxFile file({2, 3, 3}, opset);
    file.node("Flatten", {"x"});
    EXPECT_THAT(refusal(file), AllOf(HasSubstr("opset"), HasSubstr("13 to 17")));
  }
}

TEST(ImportOnnx, FailsIfAGraphCannotExpressIt) {
  const auto with = [](const auto& make) {
    OnnxFile file({2, 4, 4});
    make(file);
    return refusal(file);
  };
  using Lists = std::vector<std::pair<std::string, OnnxFile::Ints>>;
  EXPECT_THAT(with([](auto& f) {
                f.node("AveragePool", {"x"},
                       Lists{{"kernel_shape", {2, 2}}, {"pads", {2, 1, 1, 1}}});
              }),
              HasSubstr("a mean over padding alone"));
  EXPECT_THAT(with([](auto& f) {
                f.node("AveragePool", {"x"}, Lists{{"kernel_shape", {2, 2}}, {"strides", {1, 2}}});
              }),
              HasSubstr("one stride"));
  EXPECT_THAT(with([](auto& f) { f.node("Transpose", {"x"}, Lists{{"perm", {0, 2, 3, 1}}}); }),
              HasSubstr("order"));
  EXPECT_THAT(with([](auto& f) { f.node("Concat", {"x", "x"}, {}, {{"axis", 2}}); }),
              HasSubstr("axis 1"));
  EXPECT_THAT(with([](auto& f) { f.node("Pow", {"x", f.number(0.5)}); }), HasSubstr("exponent"));
  EXPECT_THAT(with([](auto& f) { f.node("Pow", {"x", f.number(8)}); }), HasSubstr("exponent"));
  EXPECT_THAT(with([](auto& f) { f.node("Div", {f.number(1), "x"}); }),
              HasSubstr("constants only"));
  EXPECT_THAT(with([](auto& f) { f.node("Add", {"x", f.constant({1, 2, 3, 4})}); }),
              HasSubstr("pixel"));
  EXPECT_THAT(
      with([](auto& f) { f.node("Conv", {"x", f.constant(Tensor{{1, 3, 1, 1}, {1, 2, 3}})}); }),
      HasSubstr("does not fit"));
}

TEST(ImportOnnx, FailsIfASmallFileAsksForMuchMemory) {
  OnnxFile lists({2, 4, 4});
  std::string list = lists.integers({1, 1, 1, 1});
  for (int i = 0; i < 60; ++i) list = lists.node("Concat", {list, list}, {}, {{"axis", 0}});
  EXPECT_THAT(refusal(lists), HasSubstr("long lists"));
  OnnxFile filled({2, 4, 4});
  filled.node("ConstantOfShape", {filled.integers({1 << 20, 1 << 20})});
  EXPECT_THAT(refusal(filled), HasSubstr("large tensor"));
  OnnxFile dilated({2, 4, 4});
  dilated.node("Conv", {"x", dilated.constant(Tensor{{1, 2, 2, 2}, std::vector<float>(8, 1)})},
               {{"dilations", {60000, 60000}}});
  EXPECT_THAT(refusal(dilated), HasSubstr("dilat"));
}

TEST(ImportOnnx, BuildsLongChainsOfPolynomialsWithoutRecursion) {
  OnnxFile file({1, 1, 1});
  std::string x = "x";
  for (int i = 0; i < 20000; ++i) x = file.node("Mul", {x, x});
  file.node("Flatten", {x});
  EXPECT_THAT(refusal(file), HasSubstr("too large"));
}

TEST(LoadOnnx, NamesTheFile) {
  const TestFolder folder;
  EXPECT_THAT(line(load(folder / "gone.onnx")), HasSubstr("gone.onnx"));
  const auto path = folder / "bad.onnx";
  ASSERT_TRUE(write_file(path, as_bytes(single("Softsign").bytes())).ok());
  EXPECT_THAT(line(load(path)), AllOf(HasSubstr("bad.onnx, node Softsign_0 (Softsign)")));
}

TEST(ImportOnnx, FailsIfPadsAddUpToMoreThanAMapCanBe) {
  OnnxFile file({2, 4, 4});
  std::string map = "x";
  for (int i = 0; i < 3; ++i)
    map = file.node("Pad", {map, file.integers({0, 0, 30000, 30000, 0, 0, 30000, 30000})});
  file.node("Flatten", {file.node("GlobalAveragePool", {map})});
  EXPECT_THAT(refusal(file), HasSubstr("too much padding"));
}

}  // namespace
}  // namespace veilray::graph::onnx
