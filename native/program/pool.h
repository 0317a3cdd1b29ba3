// A small pool of threads that take numbered tiles of work.
//
// Workers spin for a short while between two pieces of work, and only while a session is open; then they sleep.
// Each thread starts in its own part of the tiles, always the same one, so that what it touched last time is still
// in its cache; when it is through and the others still are not a little later, it helps them. A worker that the
// system has not woken yet is not waited for: it simply finds nothing left to do.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace glassworks {

// Runs tile `tile` on thread `thread`, whose scratch memory is its own.
struct Work {
  virtual void run(int64_t tile, int thread) = 0;

 protected:
  ~Work() = default;
};

class Pool {
 public:
  static Pool& instance();
  static constexpr int most_threads = 64;

  int threads() const { return threads_; }
  // Takes effect at the next session.
  void set_threads(int count);

  // Between open and close, workers stay awake. One session at a time: see `Session`.
  void open();
  void close();
  // Run all tiles; thread i begins with those from ends[i - 1] to ends[i].
  void run(Work& work, const std::vector<int64_t>& ends);
  std::mutex session_lock;

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

 private:
  // One thread's part of the tiles: the run it belongs to in the high half, the next tile in the low half.
  struct alignas(64) Part {
    std::atomic<uint64_t> next{0};
    std::atomic<uint32_t> end{0};
    std::atomic<bool> awake{false};
  };

  Pool();
  ~Pool();
  void start_workers();
  void worker(int index);
  void take_tiles(uint32_t run, int thread);
  void forget_after_fork();
  bool should_spin() const;

  int threads_ = 1;
  std::unique_ptr<std::vector<std::thread>> workers_;
  std::unique_ptr<Part[]> parts_;
  alignas(64) std::atomic<uint32_t> current_{0};  // the number of the current run
  std::atomic<int> parties_{1};
  std::atomic<Work*> work_{nullptr};
  alignas(64) std::atomic<int64_t> unfinished_{0};
  std::atomic<bool> open_{false}, quit_{false};
  std::atomic<int> sleeping_{0};
  std::unique_ptr<std::mutex> mutex_;
  std::unique_ptr<std::condition_variable> wake_;
};

// The time for which a thread has the pool to itself.
class Session {
 public:
  Session() : lock_(Pool::instance().session_lock) { Pool::instance().open(); }
  ~Session() { Pool::instance().close(); }

  // Lets others have the pool while foreign code runs, which may run programs of its own on this thread, wait for those
  // of other threads, change the number of threads, or fork. Workers are not sent to sleep: mostly nobody comes.
  class Pause {
   public:
    explicit Pause(Session* session) : session_(session) {
      if (session_) session_->lock_.unlock();
    }
    ~Pause() {
      if (!session_) return;
      session_->lock_.lock();
      Pool::instance().open();
    }
    Pause(const Pause&) = delete;

   private:
    Session* session_;
  };

 private:
  std::unique_lock<std::mutex> lock_;
};

}  // namespace glassworks
