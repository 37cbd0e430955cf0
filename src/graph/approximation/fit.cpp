#include "graph/approximation/fit.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "graph/horner.h"

namespace veilray::graph {
namespace {

constexpr std::size_t kGrid = 2049;
constexpr int kMostExchanges = 200;

/// x = middle + half t, with t in [-1, 1].
struct Interval {
  double middle, half;

  Interval(double min, double max)
      : middle(min + (max - min) / 2), half(max > min ? (max - min) / 2 : 1) {}
  double in(double x) const { return (x - middle) / half; }
  double out(double t) const { return middle + half * t; }
};

/// p(in(x)) as a polynomial in x.
std::vector<double> in_x(const std::vector<double>& p, const Interval& interval) {
  std::vector<double> out{p.back()};
  for (std::size_t i = p.size() - 1; i-- > 0;) {  // Horner: out = out * t + p[i]
    std::vector<double> next(out.size() + 1, 0.0);
    for (std::size_t k = 0; k < out.size(); ++k) {
      next[k + 1] += out[k] / interval.half;
      next[k] -= out[k] * interval.middle / interval.half;
    }
    next[0] += p[i];
    out = std::move(next);
  }
  return out;
}

/// One of the polynomials that are orthogonal on the values, in t; the largest coefficient is 1.
struct Orthogonal {
  std::vector<double> p;
  double norm2 = 0;  // sum of its squares over the values
  double shift = 0;  // sum of t times those, divided by norm2
  double along = 0;  // sum of its products with the function, divided by norm2
};

void measure(Orthogonal& next, std::span<const double> t, std::span<const double> y) {
  double squares = 0, shifted = 0, products = 0;
  for (std::size_t i = 0; i < t.size(); ++i) {
    const double value = polynomial_at(next.p, t[i]);
    squares += value * value;
    shifted += t[i] * value * value;
    products += y[i] * value;
  }
  next.norm2 = squares;
  if (squares == 0) return;
  next.shift = shifted / squares;
  next.along = products / squares;
}

/// p_(k+1) = (t - shift_k) p_k - (norm2_k / norm2_(k-1)) p_(k-1).
std::vector<double> following(const std::vector<Orthogonal>& basis) {
  const Orthogonal& last = basis.back();
  std::vector<double> p(last.p.size() + 1, 0.0);
  for (std::size_t i = 0; i < last.p.size(); ++i) {
    p[i + 1] += last.p[i];
    p[i] -= last.shift * last.p[i];
  }
  if (basis.size() < 2) return p;
  const Orthogonal& before = basis[basis.size() - 2];
  for (std::size_t i = 0; i < before.p.size(); ++i) p[i] -= last.norm2 / before.norm2 * before.p[i];
  return p;
}

/// Root-mean-square distance of the function from its mean; where that is none, its size.
double spread(std::span<const double> y) {
  const auto count = static_cast<double>(y.size());
  double mean = 0, squares = 0;
  for (const double value : y) mean += value / count;
  for (const double value : y) squares += (value - mean) * (value - mean) / count;
  return squares > 0 ? std::sqrt(squares) : std::abs(mean);
}

/// Solves the square system whose rows end in the right side; partial pivoting.
std::vector<double> solve(std::vector<std::vector<double>> rows) {
  const std::size_t n = rows.size();
  for (std::size_t k = 0; k < n; ++k) {
    const auto larger = [&](const auto& a, const auto& b) {
      return std::abs(a[k]) < std::abs(b[k]);
    };
    std::swap(rows[k],
              *std::max_element(rows.begin() + static_cast<std::ptrdiff_t>(k), rows.end(), larger));
    for (std::size_t i = k + 1; i < n; ++i) {
      const double factor = rows[i][k] / rows[k][k];
      for (std::size_t j = k; j <= n; ++j) rows[i][j] -= factor * rows[k][j];
    }
  }
  std::vector<double> out(n);
  for (std::size_t k = n; k-- > 0;) {
    double sum = rows[k][n];
    for (std::size_t j = k + 1; j < n; ++j) sum -= rows[k][j] * out[j];
    out[k] = sum / rows[k][k];
  }
  return out;
}

/// A function on a grid over [-1, 1], and the points where its error is to alternate.
class Exchange {
 public:
  Exchange(std::vector<double> t, std::vector<double> y, std::size_t degree)
      : t_(std::move(t)), y_(std::move(y)) {
    for (std::size_t i = 0; i < degree + 2; ++i)
      points_.push_back(i * (t_.size() - 1) / (degree + 1));
  }

  std::vector<double> run() {
    const double least = 1e-9 * spread(y_);
    for (int i = 0; i < kMostExchanges; ++i) {
      level_ = fit();
      const std::size_t worst = worst_point();
      if (std::abs(error(worst)) <= std::abs(level_) * (1 + 1e-9) + least) break;
      take(worst);
    }
    return p_;
  }
  double largest() const { return std::abs(error(worst_point())); }

 private:
  /// The polynomial whose errors at the points are +-level in turn.
  double fit() {
    std::vector<std::vector<double>> rows;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      std::vector<double> row{1};
      while (row.size() + 1 < points_.size()) row.push_back(row.back() * t_[points_[i]]);
      row.push_back(i % 2 == 0 ? 1 : -1);
      row.push_back(y_[points_[i]]);
      rows.push_back(std::move(row));
    }
    p_ = solve(std::move(rows));
    const double level = p_.back();
    p_.pop_back();
    return level;
  }
  double error(std::size_t i) const { return y_[i] - polynomial_at(p_, t_[i]); }
  std::size_t worst_point() const {
    std::size_t worst = 0;
    for (std::size_t i = 1; i < t_.size(); ++i)
      if (std::abs(error(i)) > std::abs(error(worst))) worst = i;
    return worst;
  }
  /// In the place of the neighbour whose error has its sign, so that signs still alternate.
  void take(std::size_t point) {
    const bool positive = error(point) > 0;
    const auto same = [&](std::ptrdiff_t i) { return (i % 2 == 0) == (positive == (level_ >= 0)); };
    const auto first = points_.begin(), end = points_.end();
    const auto above = std::upper_bound(first, end, point) - first;
    if (above == 0) {
      if (!same(0)) std::rotate(first, end - 1, end);
      points_.front() = point;
    } else if (above == end - first) {
      if (!same(above - 1)) std::rotate(first, first + 1, end);
      points_.back() = point;
    } else {
      first[same(above) ? above : above - 1] = point;
    }
  }

  std::vector<double> t_, y_;
  std::vector<std::size_t> points_;
  std::vector<double> p_;
  double level_ = 0;
};

}  // namespace

std::vector<double> least_squares(std::span<const float> x, const ScalarFunction& function,
                                  std::size_t degree, double worth) {
  if (x.empty()) throw Error(ErrorCode::kInvalidArgument, "nothing to fit to");
  const auto [least, most] = std::ranges::minmax_element(x);
  const Interval interval(double{*least}, double{*most});
  std::vector<double> t, y;
  for (const float value : x) {
    t.push_back(interval.in(double{value}));
    y.push_back(function(double{value}));
  }
  const double least_gain = worth * spread(y), count = static_cast<double>(x.size());
  std::vector<Orthogonal> basis{{{1.0}}};
  measure(basis.back(), t, y);
  while (basis.size() <= degree) {
    Orthogonal next{following(basis)};
    measure(next, t, y);
    if (next.norm2 <= 1e-18 * count) break;  // as good as zero on all values
    basis.push_back(std::move(next));
  }
  while (basis.size() > 1 &&
         std::abs(basis.back().along) * std::sqrt(basis.back().norm2 / count) <= least_gain)
    basis.pop_back();
  std::vector<double> sum(basis.size(), 0.0);
  for (const Orthogonal& term : basis)
    for (std::size_t i = 0; i < term.p.size(); ++i) sum[i] += term.along * term.p[i];
  return in_x(sum, interval);
}

std::vector<double> minimax(double min, double max, const ScalarFunction& function,
                            std::size_t degree, double worth) {
  if (!(min <= max)) throw Error(ErrorCode::kInvalidArgument, "an empty range");
  if (min == max) return {function(min)};
  const Interval interval(min, max);
  std::vector<double> t, y;
  for (std::size_t i = 0; i < kGrid; ++i) {
    t.push_back(-std::cos(std::numbers::pi * static_cast<double>(i) / (kGrid - 1)));
    y.push_back(function(interval.out(t.back())));
  }
  const double least_gain = worth * spread(y);
  Exchange best(t, y, degree);
  std::vector<double> p = best.run();
  for (double error = best.largest(); degree-- > 0;) {
    Exchange lower(t, y, degree);
    const std::vector<double> simpler = lower.run();
    if (lower.largest() > error + least_gain) break;
    p = simpler;
  }
  return in_x(p, interval);
}

}  // namespace veilray::graph
