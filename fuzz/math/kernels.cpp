// Differential: every kernel of every table must give the bits of the scalar table, inside the
// ranges that table.h states. The bytes choose operation, prime, length, terms and data.
#include <cstdlib>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "math/automorphism.h"
#include "math/kernels/table.h"

namespace {

using namespace veilray;
using namespace veilray::math;
using Values = std::vector<Residue>;

/// Draws numbers from the input; after its end, from a generator seeded by what was read.
class Source {
 public:
  explicit Source(std::span<const std::byte> bytes) : reader_(bytes) {}
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  std::uint64_t next() {
    const bool empty = reader_.remaining() < sizeof(std::uint32_t);
    const std::uint64_t fresh = empty ? 0 : reader_.read<std::uint32_t>();
    state_ = (state_ ^ fresh) * 6364136223846793005u + 1442695040888963407u;
    return empty ? state_ >> 24 : fresh;
  }
  Values values(std::size_t n, std::uint64_t bound) {
    Values out(n);
    const std::uint64_t style = below(4);
    for (Residue& x : out) {
      const std::uint64_t any = below(bound);
      const bool edge = style == 1 || (style == 2 && any % 2 == 0);
      x = static_cast<Residue>(style == 3 ? 0 : edge ? bound - 1 : any);
    }
    return out;
  }

 private:
  ByteReader reader_;
  std::uint64_t state_ = 1;
};

/// The arguments that the operations share; each uses what it needs.
struct Inputs {
  explicit Inputs(Source& source)
      : log_n(kMinLogN + static_cast<std::uint32_t>(source.below(8))),
        q(pick_prime(source, log_n)),
        n(std::size_t{1} << log_n),
        terms(source.below(48)) {
    for (Values& v : residue) v = source.values(n, q.value());
    for (std::size_t k = 0; k < terms; ++k) {
      for (auto& list : lists) list.push_back(source.values(n, kResidueBound));
      factors.push_back(static_cast<Residue>(source.below(q.value())));
    }
    for (std::size_t i = 0; i < 4; ++i) {
      for (const Values& v : lists[i]) addresses[i].push_back(v.data());
    }
    words = source.values(n, std::uint64_t{1} << 32);
    w = q.shoup(static_cast<Residue>(source.below(q.value())));
  }
  static Modulus pick_prime(Source& source, std::uint32_t log_n) {
    const auto below = static_cast<Residue>(kResidueBound - source.below(kResidueBound / 2));
    return ntt_primes(log_n, 1, below).value()[0];
  }

  std::uint32_t log_n;
  Modulus q;
  std::size_t n;
  std::size_t terms;
  Values residue[4];
  Values words;
  ShoupFactor w{};
  std::vector<Values> lists[4];
  std::vector<const Residue*> addresses[4];
  Values factors;
};

/// out[0 .. 2] after operation number `op`.
void run(const KernelTable& t, std::uint64_t op, const Inputs& in, Values (&out)[3]) {
  const std::size_t n = in.n;
  const Modulus& q = in.q;
  for (Values& v : out) v.assign(n, 0);
  Residue* const to = out[0].data();
  const Residue *a = in.residue[0].data(), *b = in.residue[1].data();
  switch (op) {
    case 0:
      return t.add(to, a, b, n, q);
    case 1:
      return t.subtract(to, a, b, n, q);
    case 2:
      return t.negate(to, a, n, q);
    case 3:
      return t.multiply(to, a, b, n, q);
    case 4:
      return t.multiply_scalar(to, in.words.data(), in.w, n, q);
    case 5:
      return t.multiply_scalar_add(to, in.words.data(), in.w, b, n, q);
    case 6:
    case 7: {
      Values foreign = in.words;
      for (Residue& x : foreign) x %= kResidueBound;
      if (op == 6) return t.subtract_multiply(to, a, foreign.data(), in.w, n, q);
      return t.subtract_multiply_add(to, a, foreign.data(), in.w, b, n, q);
    }
    case 8: {
      Values half = in.words;
      for (Residue& x : half) x >>= 1;
      return t.reduce(to, half.data(), in.w.w, n, q);
    }
    case 9: {
      std::vector<std::int64_t> wide(n);
      for (std::size_t i = 0; i < n; ++i) {
        wide[i] =
            static_cast<std::int64_t>(std::uint64_t{in.words[i]} << 32 | in.words[n - 1 - i]) / 2;
      }
      return t.reduce_signed(to, wide.data(), n, q);
    }
    case 10:
      return t.inner_product(to, in.addresses[0].data(), in.addresses[1].data(), in.terms, n, q);
    case 11:
      return t.inner_product_pair(to, out[1].data(), in.addresses[0].data(), in.addresses[1].data(),
                                  in.addresses[2].data(), in.terms, n, q);
    case 12: {
      std::vector<TensorTerm> list;
      for (std::size_t k = 0; k < in.terms; ++k) {
        list.push_back(
            {in.addresses[0][k], in.addresses[1][k], in.addresses[2][k], in.addresses[3][k]});
      }
      return t.tensor_product(to, out[1].data(), out[2].data(), list.data(), in.terms, n, q);
    }
    case 13: {
      const ConversionTarget targets[] = {{to, in.factors.data(), &q},
                                          {out[1].data(), in.factors.data(), &q}};
      return t.base_convert(targets, 2, in.addresses[0].data(), in.terms, n);
    }
    case 14: {
      const AutomorphismTable table(in.log_n, (2 * std::uint64_t{in.words[0]} + 1) % (2 * n));
      return t.permute(to, a, table.view());
    }
    case 17: {
      const AutomorphismTable table(in.log_n, (2 * std::uint64_t{in.words[0]} + 1) % (2 * n));
      out[0] = in.residue[1];
      return t.permute_add(to, a, table.view(), q);
    }
    case 18: {
      // A quotient by q, which is below 2^32 / q: round_sum itself makes nothing of q.
      const std::vector<std::uint32_t> halves(in.terms, 1U << 29);
      t.round_sum(to, in.addresses[0].data(), halves.data(), std::min<std::size_t>(in.terms, 16),
                  59, n);
      for (Residue& x : out[0]) x %= q.value();
      return;
    }
    case 15: {
      const NttTables tables(q, in.log_n);
      out[0] = in.words;
      for (Residue& x : out[0]) x %= 4 * q.value();
      return t.ntt_forward(out[0].data(), tables.view());
    }
    case 19:
      out[0] = in.residue[0];
      out[1] = in.residue[1];
      return t.inner_product_pair_onto(to, out[1].data(), in.addresses[0].data(),
                                       in.addresses[1].data(), in.addresses[2].data(), in.terms, n,
                                       q);
    case 20: {
      Values factors;
      for (std::size_t k = 0; k < in.terms * kCombined; ++k)
        factors.push_back(in.factors[k % in.terms]);
      Values fourth(n);
      Residue* const outs[kCombined] = {to, out[1].data(), out[2].data(), fourth.data()};
      return t.combine(outs, in.addresses[0].data(), factors.data(), in.terms, n, q);
    }
    default: {
      const NttTables tables(q, in.log_n);
      NttView view = tables.view();
      view.last_factor = tables.inverse_factor(in.w.w);
      return t.ntt_inverse(to, in.residue[0].data(), view);
    }
  }
}
constexpr std::uint64_t kOperations = 21;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Source source(std::as_bytes(std::span(data, size)));
  const std::uint64_t op = source.below(kOperations);
  const Inputs inputs(source);
  Values want[3], got[3];
  const auto tables = available_kernels();
  run(*tables.front(), op, inputs, want);
  for (const Values& values : want) {
    for (const Residue x : values) {
      if (x >= inputs.q.value()) std::abort();
    }
  }
  for (const KernelTable* table : tables) {
    run(*table, op, inputs, got);
    for (int i = 0; i < 3; ++i) {
      if (got[i] != want[i]) std::abort();
    }
  }
  return 0;
}
