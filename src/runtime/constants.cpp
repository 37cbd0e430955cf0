#include "runtime/constants.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/hash.h"

namespace veilray::runtime {

namespace {

/// The slots of a layer's diagonals, of each the first `period`; equal ones once.
struct Distinct {
  Distinct(const plan::LinearLayer& layer, std::uint32_t period, ThreadPool& pool)
      : of_term(layer.terms.size()) {
    std::vector<std::vector<std::vector<double>>> by_out(layer.matrix.out.ciphertexts());
    pool.parallel_for(by_out.size(), [&](std::size_t out, std::size_t) {
      by_out[out] = layer.diagonals_of(static_cast<std::uint32_t>(out));
      for (auto& diagonal : by_out[out]) shorten(diagonal, period);
    });
    std::size_t term = 0;
    std::map<Sha256, std::size_t> seen;
    for (auto& diagonals : by_out)
      for (auto& diagonal : diagonals) {
        const auto [at, is_new] =
            seen.try_emplace(sha256(std::as_bytes(std::span(diagonal))), slots.size());
        if (is_new) slots.push_back(std::move(diagonal));
        of_term[term++] = at->second;
      }
  }
  static void shorten(std::vector<double>& diagonal, std::uint32_t period) {
    if (!std::equal(diagonal.begin() + period, diagonal.end(), diagonal.begin()))
      throw Error(ErrorCode::kInternal, "a diagonal does not repeat as its layouts say");
    diagonal.resize(period);
    diagonal.shrink_to_fit();
  }

  std::vector<std::vector<double>> slots;
  std::vector<std::size_t> of_term;
};

/// Which of the distinct diagonals stands where: row-major giants x babies, or `none`.
std::vector<std::size_t> positions(const plan::LinearLayer& layer, const Distinct& distinct,
                                   std::size_t none) {
  std::vector<std::size_t> matrix(layer.giants.size() * layer.babies.size(), none);
  for (std::size_t t = 0; t < layer.terms.size(); ++t) {
    const auto& term = layer.terms[t];
    matrix[std::size_t{term.giant} * layer.babies.size() + term.baby] = distinct.of_term[t];
  }
  return matrix;
}

std::uint32_t period_of(const plan::LinearLayer& layer) {
  return std::max(layer.matrix.weight_period(), ckks::kMinPeriod);
}

}  // namespace

std::uint64_t EncodedConstants::expected_bytes(const plan::Program& program,
                                               const ckks::Params& params, std::uint64_t budget) {
  constexpr std::uint64_t word = sizeof(std::uint32_t);
  std::uint64_t bytes = 0;
  for (const plan::Step& step : program.steps) {
    if (const auto* bias = std::get_if<plan::op::AddBias>(&step.operation))
      bytes += word * params.n() * program.type(bias->in).level.limbs();
    const auto* products = std::get_if<plan::op::ProductSums>(&step.operation);
    if (products == nullptr) continue;
    const auto& layer = program.layers[products->layer];
    const std::uint64_t terms = layer.terms.size();
    const std::uint64_t limbs = program.type(products->inputs.front()).level.limbs();
    const std::uint32_t period = period_of(layer);
    const bool repeated = ckks::RepeatedMatrix::pays(params.slots(), period);
    const std::uint64_t each = word * limbs * (repeated ? 2 * period : params.n());
    const std::uint64_t whole = repeated ? terms : std::min(budget / each, terms);
    budget -= std::min(budget, whole * each);
    bytes += whole * each + (terms - whole) * word * params.n();
  }
  return bytes;
}

EncodedConstants::EncodedConstants(const plan::Program& program, const ckks::Encoder& encoder,
                                   ThreadPool& pool, Progress& progress, std::uint64_t budget)
    : layers_(program.layers.size()), budget_(budget) {
  std::size_t done = 0;
  for (std::uint32_t l = 0; l < layers_.size(); ++l)
    layers_[l].biases.resize(program.layers[l].matrix.out.ciphertexts());
  for (const plan::Step& step : program.steps) {
    if (const auto* products = std::get_if<plan::op::ProductSums>(&step.operation)) {
      encode_diagonals(program, products->layer, program.type(products->inputs.front()).level,
                       products->plain_scale, encoder, pool);
      progress.update("encoding weights", ++done, layers_.size());
    }
    if (const auto* bias = std::get_if<plan::op::AddBias>(&step.operation)) {
      const auto& type = program.type(bias->in);
      auto& kept = layers_[bias->layer].biases[bias->out];
      kept = encoder.encode(program.layers[bias->layer].matrix.bias_slots(bias->out), type.level,
                            type.scale);
      bytes_ += kept.bytes();
    }
  }
}

void EncodedConstants::encode_diagonals(const plan::Program& program, std::uint32_t layer,
                                        ckks::Level level, ckks::Scale scale,
                                        const ckks::Encoder& encoder, ThreadPool& pool) {
  const plan::LinearLayer& source = program.layers[layer];
  Layer& encoded = layers_[layer];
  encoded.scale = scale;
  const std::uint32_t period = period_of(source);
  if (ckks::RepeatedMatrix::pays(encoder.params().slots(), period))
    return encode_repeated(source, encoded, period, level, encoder, pool);

  const Distinct distinct(source, encoder.params().slots(), pool);
  encoded.rows = source.giants.size();
  encoded.matrix = positions(source, distinct, kNone);
  encoded.diagonals.resize(distinct.slots.size());
  const std::uint64_t each = encoder.params().shape(level).words() * sizeof(std::uint32_t);
  const std::uint64_t whole = std::min<std::uint64_t>(budget_ / each, distinct.slots.size());
  budget_ -= whole * each;
  encoded.whole = whole == distinct.slots.size();
  pool.parallel_for(distinct.slots.size(), [&](std::size_t d, std::size_t) {
    if (d >= whole) {
      if (auto kept = encoder.encode_coefficients(distinct.slots[d], level, scale)) {
        encoded.diagonals[d] = *std::move(kept);
        return;
      }
    }
    encoded.diagonals[d] = encoder.encode(distinct.slots[d], level, scale);
  });
  for (const auto& diagonal : encoded.diagonals)
    bytes_ += std::visit([](const auto& kept) { return std::uint64_t{kept.bytes()}; }, diagonal);
}

void EncodedConstants::encode_repeated(const plan::LinearLayer& source, Layer& encoded,
                                       std::uint32_t period, ckks::Level level,
                                       const ckks::Encoder& encoder, ThreadPool& pool) {
  const Distinct distinct(source, period, pool);
  std::vector<ckks::Plaintext> diagonals(distinct.slots.size());
  pool.parallel_for(diagonals.size(), [&](std::size_t d, std::size_t) {
    diagonals[d] = encoder.encode_periodic(distinct.slots[d], level, encoded.scale);
  });
  std::vector<const ckks::Plaintext*> matrix;
  for (const std::size_t index : positions(source, distinct, kNone))
    matrix.push_back(index == kNone ? nullptr : &diagonals[index]);
  encoded.repeated.emplace(matrix, source.giants.size());
  bytes_ += encoded.repeated->bytes();
  budget_ -= std::min<std::uint64_t>(budget_, encoded.repeated->bytes());
}

void EncodedConstants::multiply_accumulate_limb(const ckks::Params& params, std::uint32_t layer,
                                                std::span<ckks::Ciphertext* const> outs,
                                                std::span<const ckks::Ciphertext* const> cts,
                                                std::uint32_t limb, LimbScratch& scratch) const {
  const Layer& source = layers_[layer];
  if (source.repeated) return source.repeated->multiply_accumulate_limb(params, outs, cts, limb);
  (source.whole ? multiply_whole : multiply_transformed)(params, source, outs, cts, limb, scratch);
}

void EncodedConstants::multiply_whole(const ckks::Params& params, const Layer& layer, Outs outs,
                                      Ciphertexts cts, std::uint32_t limb, LimbScratch& scratch) {
  scratch.words.clear();
  for (const std::size_t d : layer.matrix)
    scratch.words.push_back(
        d == kNone ? nullptr
                   : std::get<ckks::Plaintext>(layer.diagonals[d]).poly().limb(limb).data());
  ckks::multiply_accumulate_limb(params, outs, cts, {scratch.words, layer.rows}, limb);
}

void EncodedConstants::multiply_transformed(const ckks::Params& params, const Layer& layer,
                                            Outs outs, Ciphertexts cts, std::uint32_t limb,
                                            LimbScratch& scratch) {
  // Diagonals that are used as soon as they are transformed, while they are in cache, and the
  // ciphertexts that they meet for all rows.
  constexpr std::size_t kColumns = 4;
  // Not a power of two apart, as the limbs of a polynomial are not.
  const std::size_t stride = params.shape({0}).stride();
  if (scratch.transformed.size() < kColumns * stride) scratch.transformed.resize(kColumns * stride);
  for (ckks::Ciphertext* out : outs)
    for (std::uint32_t part = 0; part < 2; ++part)
      std::ranges::fill(out->part(part).limb(limb), 0U);

  for (std::size_t first = 0; first < cts.size(); first += kColumns) {
    const std::size_t columns = std::min(kColumns, cts.size() - first);
    for (std::size_t row = 0; row < layer.rows; ++row) {
      std::array<const std::uint32_t*, kColumns> words{};
      for (std::size_t k = 0; k < columns; ++k) {
        const std::size_t d = layer.matrix[row * cts.size() + first + k];
        if (d == kNone) continue;
        if (const auto* whole = std::get_if<ckks::Plaintext>(&layer.diagonals[d])) {
          words[k] = whole->poly().limb(limb).data();
          continue;
        }
        const std::span<std::uint32_t> out(scratch.transformed.data() + k * stride, params.n());
        std::get<ckks::CoefficientPlaintext>(layer.diagonals[d]).transform(out, params, limb);
        words[k] = out.data();
      }
      ckks::accumulate_products_limb(params, *outs[row], cts.subspan(first, columns), words, limb);
    }
  }
}

}  // namespace veilray::runtime
