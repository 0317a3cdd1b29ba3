#include "pool.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "arithmetic.h"

#if !defined(_WIN32)
#include <pthread.h>
#include <sched.h>
#endif

namespace glassworks {
namespace {

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Waking a thread takes the system some 50 microseconds: it pays to stay awake longer than that.
constexpr auto stay_awake = std::chrono::microseconds(200);
// Before one thread takes another's tiles: moving the data to its own cache would take as long.
constexpr auto patience = std::chrono::microseconds(2);

// Spin until the condition holds, for a limited time; whether it does.
template <class Condition>
inline bool spin_until(std::chrono::nanoseconds limit, Condition condition) {
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    for (int i = 0; i < 16; ++i) {
      if (condition()) return true;
      pause();
    }
    if (std::chrono::steady_clock::now() - start > limit) return condition();
  }
}

constexpr uint64_t packed(uint32_t run, uint32_t tile) { return uint64_t{run} << 32 | tile; }

int cores() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

Pool& Pool::instance() {
  // Never destroyed: at exit of the process workers may still be asleep in it.
  static Pool* pool = new Pool;
  return *pool;
}

Pool::Pool() : parts_(new Part[most_threads]), mutex_(new std::mutex), wake_(new std::condition_variable) {
  const char* wanted = std::getenv("GLASSWORKS_NUM_THREADS");
  const int count = wanted ? std::atoi(wanted) : 0;
  threads_ = std::min(count > 0 ? count : cores(), most_threads);
#if !defined(_WIN32)
  // A fork waits until no program runs, but for those that have called back, so that the child finds whole steps. It
  // has none of our threads, and locks that may never be released: it starts afresh.
  pthread_atfork([] { Pool::instance().session_lock.lock(); }, [] { Pool::instance().session_lock.unlock(); },
                 [] { Pool::instance().forget_after_fork(); });
#endif
}

void Pool::forget_after_fork() {
  (void)workers_.release();
  (void)mutex_.release();
  (void)wake_.release();
  mutex_.reset(new std::mutex);
  wake_.reset(new std::condition_variable);
  new (&session_lock) std::mutex;
  for (int i = 0; i < most_threads; ++i) parts_[i].awake = false;
  open_ = false;
  quit_ = false;
  sleeping_ = 0;
  unfinished_ = 0;
}

void Pool::set_threads(int count) {
  std::lock_guard<std::mutex> guard(session_lock);
  if (workers_) {
    {
      std::lock_guard<std::mutex> lock(*mutex_);
      quit_ = true;
    }
    wake_->notify_all();
    for (auto& thread : *workers_) thread.join();
    workers_.reset();
    quit_ = false;
  }
  threads_ = std::clamp(count, 1, most_threads);
}

void Pool::start_workers() {
  workers_.reset(new std::vector<std::thread>);
  for (int i = 1; i < threads_; ++i) workers_->emplace_back([this, i] { worker(i); });
}

bool Pool::should_spin() const { return threads_ <= cores(); }

void Pool::open() {
  if (threads_ == 1) return;
  if (!workers_) start_workers();
  open_.store(true);
  if (sleeping_.load() > 0) {
    std::lock_guard<std::mutex> lock(*mutex_);
    wake_->notify_all();
  }
}

void Pool::close() { open_.store(false); }

void Pool::run(Work& work, const std::vector<int64_t>& ends) {
  const int parties = static_cast<int>(ends.size());
  const int64_t tiles = ends.back();
  if (parties == 1) {
    for (int64_t tile = 0; tile < tiles; ++tile) work.run(tile, 0);
    return;
  }
  const uint32_t run = current_.load(std::memory_order_relaxed) + 1;
  work_.store(&work, std::memory_order_relaxed);
  unfinished_.store(tiles, std::memory_order_relaxed);
  parties_.store(parties, std::memory_order_relaxed);
  for (int i = 0; i < parties; ++i) {
    // First, no claim of an earlier run succeeds any more: a thread that comes late and sees the new end could
    // otherwise take a tile that the old end excluded.
    parts_[i].next.store(packed(run, UINT32_MAX), std::memory_order_relaxed);
    parts_[i].end.store(static_cast<uint32_t>(ends[static_cast<size_t>(i)]), std::memory_order_release);
    parts_[i].next.store(packed(run, static_cast<uint32_t>(i ? ends[static_cast<size_t>(i) - 1] : 0)),
                         std::memory_order_release);
  }
  current_.store(run);
  if (sleeping_.load() > 0) {
    std::lock_guard<std::mutex> lock(*mutex_);
    wake_->notify_all();
  }
  take_tiles(run, 0);
  const auto finished = [&] { return unfinished_.load(std::memory_order_acquire) == 0; };
  // Someone may still be at a tile. If it does not have a core of its own, it needs ours.
  if (!spin_until(stay_awake, finished))
    while (!finished()) std::this_thread::yield();
}

void Pool::take_tiles(uint32_t run, int thread) {
  const int parties = parties_.load(std::memory_order_relaxed);
  int64_t finished = 0;
  for (int turn = 0; turn < parties; ++turn) {
    Part& part = parts_[(thread + turn) % parties];
    if (turn)
      spin_until(patience, [&] {
        return !part.awake.load(std::memory_order_relaxed) || unfinished_.load(std::memory_order_relaxed) <= finished;
      });
    uint64_t next = part.next.load(std::memory_order_acquire);
    while (static_cast<uint32_t>(next >> 32) == run) {
      const uint32_t tile = static_cast<uint32_t>(next);
      if (tile >= part.end.load(std::memory_order_acquire)) break;
      // Only a claim for this very run succeeds: a thread that comes late cannot take from the next one.
      if (!part.next.compare_exchange_weak(next, next + 1, std::memory_order_acq_rel)) continue;
      work_.load(std::memory_order_relaxed)->run(tile, thread);
      ++finished;
      next = part.next.load(std::memory_order_acquire);
    }
  }
  if (finished) unfinished_.fetch_sub(finished, std::memory_order_acq_rel);
}

void Pool::worker(int index) {
  const FloatScope flushed(float_control() | flush_to_zero);
  uint32_t seen = current_.load() - 1;  // a run may have begun before this thread did
  const bool spin = should_spin();
  std::atomic<bool>& awake = parts_[index].awake;
  while (!quit_.load(std::memory_order_relaxed)) {
    if (spin)
      spin_until(stay_awake, [&] {
        return !open_.load(std::memory_order_relaxed) || current_.load(std::memory_order_acquire) != seen;
      });
    const uint32_t run = current_.load(std::memory_order_acquire);
    if (run == seen) {
      std::unique_lock<std::mutex> lock(*mutex_);
      awake.store(false);
      sleeping_.fetch_add(1);
      wake_->wait(lock, [&] { return quit_.load() || current_.load() != seen; });
      sleeping_.fetch_sub(1);
      continue;
    }
    seen = run;
    awake.store(true, std::memory_order_relaxed);
    if (index < parties_.load(std::memory_order_relaxed)) take_tiles(run, index);
  }
}

}  // namespace glassworks
