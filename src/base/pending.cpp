#include "base/pending.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "base/random.h"

#ifdef __linux__
#include <dirent.h>
#include <sys/syscall.h>
#endif

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
std::array<Slot, kSlots> slots;
static_assert(std::atomic<int>::is_always_lock_free);

#ifdef __linux__
constexpr int kMaxDepth = 4;  // a model's folder holds one more

void remove_at(int parent, const char* name, int depth);

/// opendir() allocates, which a signal handler must not: hence the system call.
void empty_folder(int folder, int depth) {
  alignas(dirent64) std::array<char, 2048> entries{};
  for (;;) {
    const long got = ::syscall(SYS_getdents64, folder, entries.data(), entries.size());
    if (got <= 0) return;
    for (long at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const dirent64*>(entries.data() + at);
      const bool itself = std::strcmp(entry->d_name, ".") == 0;
      if (!itself && std::strcmp(entry->d_name, "..") != 0) {
        remove_at(folder, entry->d_name, depth);
      }
      at += entry->d_reclen;
    }
  }
}

/// A file, or a folder with all that it holds; never what a link points at.
void remove_at(int parent, const char* name, int depth) {
  if (::unlinkat(parent, name, 0) == 0 || errno != EISDIR || depth == kMaxDepth) return;
  const int folder = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return;
  empty_folder(folder, depth + 1);
  ::close(folder);
  ::unlinkat(parent, name, AT_REMOVEDIR);
}
#else
void remove_at(int parent, const char* name, int /*depth*/) { ::unlinkat(parent, name, 0); }
#endif

}  // namespace

std::filesystem::path temporary_name_beside(const std::filesystem::path& target) {
  const std::uint64_t tag = SystemRng().next_u64();
  return target.parent_path() / (".veilray-" + std::to_string(tag) + ".tmp");
}

PendingPath::PendingPath(const std::filesystem::path& path) {
  const std::size_t length = std::strlen(path.c_str());
  if (length >= kMaxPath) return;
  for (std::size_t i = 0; i < kSlots; ++i) {
    int expected = kFree;
    if (!slots[i].state.compare_exchange_strong(expected, kFilling)) continue;
    std::memcpy(slots[i].path.data(), path.c_str(), length + 1);
    slots[i].state.store(kArmed);
    slot_ = i;
    return;
  }
}

PendingPath::PendingPath(PendingPath&& other) noexcept : slot_(std::exchange(other.slot_, kNone)) {}

PendingPath::~PendingPath() {
  if (armed()) slots[slot_].state.store(kFree);
}

void remove_pending_temporaries() noexcept {
  const int saved = errno;
  for (Slot& slot : slots) {
    if (slot.state.load() == kArmed) remove_at(AT_FDCWD, slot.path.data(), 0);
  }
  errno = saved;
}

}  // namespace veilray
