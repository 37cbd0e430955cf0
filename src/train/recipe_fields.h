#pragma once
// A JSON object of which every key has to be known, read field by field.
#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "base/error.h"

namespace veilray::train {

/// Reads optional fields; the first that is wrong is remembered, and the rest are passed over.
class RecipeFields {
 public:
  using Json = nlohmann::json;

  RecipeFields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object_.is_object()) fail(ErrorCode::kMalformed, "not a JSON object", where_);
  }

  /// Takes `name`, if it is there, into `value`.
  template <class Number>
  void number(const char* name, Number& value, double least, double most) {
    const Json* field = find(name);
    if (field == nullptr) return;
    const bool whole = std::is_integral_v<Number>;
    if (whole ? !field->is_number_integer() : !field->is_number()) {
      return fail(ErrorCode::kMalformed, whole ? "not a whole number" : "not a number", at(name));
    }
    const auto read = field->get<double>();
    if (!(read >= least && read <= most)) {
      return fail(ErrorCode::kInvalidArgument, fmt::format("{} is out of bounds", field->dump()),
                  at(name), fmt::format("use {} to {}", least, most));
    }
    value = field->get<Number>();
  }

  void flag(const char* name, bool& value) {
    const Json* field = find(name);
    if (field == nullptr) return;
    if (!field->is_boolean()) return fail(ErrorCode::kMalformed, "not true or false", at(name));
    value = field->get<bool>();
  }

  void text(const char* name, std::string& value) {
    const Json* field = find(name);
    if (field == nullptr) return;
    if (!field->is_string()) return fail(ErrorCode::kMalformed, "not a string", at(name));
    value = field->get<std::string>();
  }

  /// The value of `name`, for a reader of its own; nullptr if it is not there.
  const Json* find(const char* name) {
    known_.insert(name);
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  std::string at(const std::string& name) const {
    return where_.empty() ? name : where_ + "." + name;
  }

  void fail(ErrorCode code, std::string what, std::string where, std::string mend = "") {
    if (!failure_) failure_ = Failure{code, std::move(what), std::move(where), std::move(mend)};
  }
  void fail(const Failure& failure) {
    if (!failure_) failure_ = failure;
  }

  /// Fails as the first field did, or over a key that no reader asked for.
  Status finish() {
    if (object_.is_object()) {
      for (const auto& [name, value] : object_.items()) {
        if (!known_.contains(name)) fail(ErrorCode::kMalformed, "unknown key", at(name));
      }
    }
    if (failure_) return *failure_;
    return Done{};
  }

 private:
  const Json& object_;
  std::string where_;
  std::set<std::string> known_;
  std::optional<Failure> failure_;
};

}  // namespace veilray::train
