// The thread pool under ThreadSanitizer: every tile of every run is done exactly once, whoever comes late, and what one
// run wrote, the next one sees. `make sanitize-threads`.
#include <cstdio>
#include <cstdlib>

#include "program/pool.h"

using glassworks::Pool;
using glassworks::Work;

namespace {

struct Copying final : Work {
  const std::vector<int>& from;
  std::vector<int> to;
  explicit Copying(const std::vector<int>& f) : from(f), to(f.size(), 0) {}
  void run(int64_t tile, int) override { to[static_cast<size_t>(tile)] = from[(static_cast<size_t>(tile) + 1) % from.size()]; }
};

struct Marking final : Work {
  std::vector<int> done;
  explicit Marking(int64_t tiles) : done(static_cast<size_t>(tiles), 0) {}
  void run(int64_t tile, int) override { done[static_cast<size_t>(tile)] += 1; }
};

void check(bool holds, const char* what) {
  if (!holds) std::fprintf(stderr, "failed: %s\n", what), std::exit(1);
}

}  // namespace

int main() {
  Pool& pool = Pool::instance();
  for (int threads : {3, 2, 1, 4}) {
    pool.set_threads(threads);
    std::lock_guard<std::mutex> guard(pool.session_lock);
    for (int session = 0; session < 20; ++session) {
      pool.open();
      Marking marks(17);
      for (int run = 1; run <= 200; ++run) {
        std::vector<int64_t> ends;
        for (int i = 1; i <= threads; ++i) ends.push_back(17 * i / threads);
        pool.run(marks, ends);
        Copying copy(marks.done);
        pool.run(copy, ends);
        for (int value : copy.to) check(value == run, "each tile once, and seen by the next run");
      }
      pool.close();
    }
  }
  std::puts("the pool is clean");
}
