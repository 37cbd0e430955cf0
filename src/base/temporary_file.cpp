#include "base/temporary_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/io_failure.h"
#include "base/random.h"

namespace veilray {
namespace {

// What a signal handler may read: no allocation, no lock, only lock-free atomics and arrays.
// Process-wide by nature, as signals are.
enum SlotState : int { kFree, kFilling, kArmed };
constexpr std::size_t kMaxPath = 4096;
struct Slot {
  std::atomic<int> state{kFree};
  std::array<char, kMaxPath> path{};
};
constexpr std::size_t kSlots = 16;
constexpr std::size_t kNoSlot = kSlots;
std::array<Slot, kSlots> slots;
static_assert(std::atomic<int>::is_always_lock_free);

std::size_t arm(const char* path) {
  const std::size_t length = std::strlen(path);
  if (length >= kMaxPath) return kNoSlot;
  for (std::size_t i = 0; i < kSlots; ++i) {
    int expected = kFree;
    if (!slots[i].state.compare_exchange_strong(expected, kFilling)) continue;
    std::memcpy(slots[i].path.data(), path, length + 1);
    slots[i].state.store(kArmed);
    return i;
  }
  return kNoSlot;
}

void disarm(std::size_t slot) {
  if (slot != kNoSlot) slots[slot].state.store(kFree);
}

std::filesystem::path name_beside(const std::filesystem::path& target) {
  const std::uint64_t tag = SystemRng().next_u64();
  return target.parent_path() / (".veilray-" + std::to_string(tag) + ".tmp");
}

}  // namespace

TemporaryFile::TemporaryFile(std::filesystem::path path, std::size_t slot)
    : path_(std::move(path)), slot_(slot) {}

Result<TemporaryFile> TemporaryFile::create_beside(const std::filesystem::path& target,
                                                   std::uint32_t mode) {
  const auto path = name_beside(target);
  // Armed before it exists: an interrupt in between removes nothing, one after removes the file.
  const std::size_t slot = arm(path.c_str());
  if (slot == kNoSlot) {
    return Failure{ErrorCode::kIo, "too many files written at once, or too long a path",
                   target.string()};
  }
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) {
    const int error = errno;
    disarm(slot);
    return io_failure(error, target);
  }
  TemporaryFile file(path, slot);
  file.descriptor_ = descriptor;
  return file;
}

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept
    : path_(std::move(other.path_)),
      slot_(std::exchange(other.slot_, kNoSlot)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

TemporaryFile::~TemporaryFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(path_.c_str());  // after a rename there is nothing left to remove
  disarm(slot_);
}

void remove_pending_temporaries() noexcept {
  const int saved = errno;
  for (Slot& slot : slots) {
    if (slot.state.load() == kArmed) ::unlink(slot.path.data());
  }
  errno = saved;
}

}  // namespace veilray
