#include "train/classifier_folds.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/file.h"
#include "metrics/calibration.h"
#include "metrics/ranking.h"
#include "train/latent_batch.h"

namespace veilray::train {
namespace {

constexpr const char* kChosen = "chosen.safetensors";
constexpr const char* kFoldLogits = "fold_logits";
constexpr std::uint64_t kMaxOptimizerBytes = std::uint64_t{1} << 30;

std::string weights_file(std::size_t network) { return fmt::format("{}.safetensors", network); }
std::string optimizer_file(std::size_t network) { return fmt::format("{}.optimizer", network); }

void put_rows(tensor::Tensor& into, const tensor::Tensor& values,
              const std::vector<std::size_t>& rows) {
  const auto size = static_cast<std::size_t>(values.shape[1]);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto from = values.data.begin() + static_cast<std::ptrdiff_t>(i * size);
    std::copy_n(from, size, into.data.begin() + static_cast<std::ptrdiff_t>(rows[i] * size));
  }
}

std::vector<dataset::Film> films_of(const std::vector<dataset::Film>& films,
                                    const std::vector<std::size_t>& rows) {
  std::vector<dataset::Film> taken;
  for (const auto row : rows) taken.push_back(films[row]);
  return taken;
}

double number(const tensor::TensorFile& file, const std::string& name) {
  const auto found = file.metadata.find(name);
  return found == file.metadata.end() ? 0.0 : std::strtod(found->second.c_str(), nullptr);
}

}  // namespace

Result<ClassifierFolds> ClassifierFolds::create(const graph::ArchitectureSpec& spec,
                                                const ClassifierRecipe& recipe,
                                                const ClassifierData& data, ThreadPool& pool,
                                                const tensor::TensorFile* trained) {
  ClassifierFolds made(recipe, data, pool);
  const auto folds = static_cast<std::size_t>(recipe.folds);
  const auto fold = patient_folds(data.training, folds, recipe.seed);
  made.held_out_.resize(folds);
  std::vector<std::vector<std::size_t>> seen(folds + 1);
  for (std::size_t row = 0; row < fold.size(); ++row) {
    made.held_out_[fold[row]].push_back(row);
    for (std::size_t i = 0; i <= folds; ++i) {
      if (i == 0 || fold[row] != i - 1) seen[i].push_back(row);
    }
  }
  for (std::size_t i = 0; i < folds; ++i) {
    if (!made.held_out_[i].empty()) continue;
    return Failure{ErrorCode::kInvalidArgument, "fewer patients than folds", "folds",
                   "use fewer folds or more films"};
  }
  for (std::size_t i = 0; i <= folds; ++i) {
    VEILRAY_TRY(trainer, ClassifierTrainer::create(spec, recipe, data.examples, seen[i],
                                                   recipe.seed + i, trained));
    made.trainers_.push_back(std::move(trainer));
  }
  return made;
}

void ClassifierFolds::judge(const tensor::Tensor& logits, ClassifierLogRow& row) const {
  std::size_t judged = 0, labels_judged = 0;
  for (const auto& rows : held_out_) {
    const auto scores = all_scores(take_rows(logits, rows), films_of(data_.training, rows));
    if (const auto auroc = metrics::macro_auroc(scores)) {
      row.fold_auroc += *auroc;
      ++judged;
    }
    for (const auto& label : scores) {
      if (metrics::known(label).score.empty()) continue;
      row.fold_loss += metrics::log_loss({}, label);
      ++labels_judged;
    }
  }
  row.fold_auroc /= static_cast<double>(std::max<std::size_t>(judged, 1));
  row.fold_loss /= static_cast<double>(std::max<std::size_t>(labels_judged, 1));
}

Status ClassifierFolds::train(const std::function<Status(const ClassifierLogRow&)>& report) {
  const auto n = static_cast<std::int64_t>(data_.training.size());
  const auto labels = static_cast<std::int64_t>(data_.labels.size());
  while (epoch_ < recipe_.epochs) {
    ClassifierLogRow row{.epoch = epoch_ + 1};
    auto logits = tensor::Tensor::zeros({n, labels});
    pool_.parallel_for(trainers_.size(), [&](std::size_t i, std::size_t) {
      const auto told = trainers_[i].train_epoch();
      if (i == 0) {
        row.final = told;
      } else {
        const auto& rows = held_out_[i - 1];
        const auto unseen = take_rows(data_.examples.copies.front(), rows);
        put_rows(logits, trainers_[i].logits(unseen), rows);
      }
    });
    ++epoch_;
    judge(logits, row);
    if (!std::isfinite(row.final.loss) || !std::isfinite(row.fold_loss)) {
      return Failure{ErrorCode::kInvalidArgument, "the network exploded",
                     fmt::format("epoch {}", epoch_),
                     "use a lower learning_rate or a higher activation.penalty"};
    }
    if (row.fold_auroc >= chosen_.fold_auroc) {
      chosen_ = {epoch_, row.fold_auroc, trainers_.front().weights(), std::move(logits)};
    }
    VEILRAY_CHECK_OK(report(row));
  }
  return Done{};
}

tensor::Tensor ClassifierFolds::mean_logits(const tensor::Tensor& latents) const {
  auto mean = trainers_.front().logits(latents);
  const auto count = static_cast<float>(trainers_.size());
  for (float& value : mean.data) value /= count;
  for (std::size_t i = 1; i < trainers_.size(); ++i) {
    const auto logits = trainers_[i].logits(latents);
    for (std::size_t k = 0; k < mean.data.size(); ++k) mean.data[k] += logits.data[k] / count;
  }
  return mean;
}

Status ClassifierFolds::save(const std::filesystem::path& folder) const {
  for (std::size_t i = 0; i < trainers_.size(); ++i) {
    VEILRAY_CHECK_OK(tensor::save_safetensors(folder / weights_file(i), trainers_[i].weights()));
    VEILRAY_CHECK_OK(
        write_file(folder / optimizer_file(i), as_bytes(trainers_[i].optimizer_state())));
  }
  auto file = chosen_.weights;
  file.tensors[kFoldLogits] = chosen_.fold_logits;
  file.metadata = {{"epoch", std::to_string(epoch_)},
                   {"chosen_epoch", std::to_string(chosen_.epoch)},
                   {"chosen_auroc", fmt::format("{:.17g}", chosen_.fold_auroc)}};
  return tensor::save_safetensors(folder / kChosen, file);
}

Status ClassifierFolds::load(const std::filesystem::path& folder) {
  VEILRAY_TRY(chosen, tensor::load_safetensors(folder / kChosen));
  const auto logits = chosen.tensors.find(kFoldLogits);
  const tensor::Shape shape{static_cast<std::int64_t>(data_.training.size()),
                            static_cast<std::int64_t>(data_.labels.size())};
  if (logits == chosen.tensors.end() || logits->second.shape != shape) {
    return Failure{ErrorCode::kInvalidArgument, "the checkpoint is of other films", folder.string(),
                   "give the data that it was made with, or --force to begin anew"};
  }
  const auto epoch = static_cast<std::int64_t>(number(chosen, "epoch"));
  for (std::size_t i = 0; i < trainers_.size(); ++i) {
    VEILRAY_TRY(weights, tensor::load_safetensors(folder / weights_file(i)));
    VEILRAY_TRY(bytes, read_file(folder / optimizer_file(i), kMaxOptimizerBytes));
    const std::string state(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    VEILRAY_CHECK_OK(trainers_[i].restore(weights, state, epoch));
  }
  epoch_ = epoch;
  chosen_.epoch = static_cast<std::int64_t>(number(chosen, "chosen_epoch"));
  chosen_.fold_auroc = number(chosen, "chosen_auroc");
  chosen_.fold_logits = logits->second;
  chosen.tensors.erase(kFoldLogits);
  chosen_.weights = {std::move(chosen.tensors), {}};
  return Done{};
}

}  // namespace veilray::train
