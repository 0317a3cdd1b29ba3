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
  void run(int64_t tile, int) override {
    to[static_cast<size_t>(tile)] = from[(static_cast<size_t>(tile) + 1) % from.size()];
  }
};

struct Marking final : Work {
  std::vector<int> done;
  explicit Marking(int64_t tiles) : done(static_cast<size_t>(tiles), 0) {}
  void run(int64_t tile, int) override { done[static_cast<size_t>(tile)] += 1; }
};

std::vector<int64_t> shares(int64_t tiles, int threads) {
  std::vector<int64_t> ends;
  for (int i = 1; i <= threads; ++i) ends.push_back(tiles * i / threads);
  return ends;
}

void check(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "failed: %s\n", what);
    std::exit(1);
  }
}

// Several threads, each of which pauses its session between two runs, as for a call back into Python, and changes the
// number of threads or has a session within the pause.
void callbacks(Pool& pool) {
  std::vector<std::thread> users;
  for (int user = 0; user < 3; ++user)
    users.emplace_back([&pool, user] {
      for (int round = 0; round < 50; ++round) {
        Marking marks(17);
        glassworks::Session session;
        pool.run(marks, shares(17, pool.threads()));
        {
          const glassworks::Session::Pause pause(&session);
          if (user == 0) pool.set_threads(round % 4 + 1);
          Marking inner(5);
          const glassworks::Session within;
          pool.run(inner, shares(5, pool.threads()));
          for (int value : inner.done) check(value == 1, "each tile of a session within a pause once");
        }
        pool.run(marks, shares(17, pool.threads()));
        for (int value : marks.done) check(value == 2, "each tile once before and after a pause");
      }
    });
  for (auto& user : users) user.join();
}

}  // namespace

int main() {
  Pool& pool = Pool::instance();
  for (int threads : {3, 2, 1, 4}) {
    pool.set_threads(threads);
    for (int round = 0; round < 20; ++round) {
      glassworks::Session session;
      Marking marks(17);
      for (int run = 1; run <= 200; ++run) {
        const std::vector<int64_t> ends = shares(17, threads);
        pool.run(marks, ends);
        Copying copy(marks.done);
        pool.run(copy, ends);
        for (int value : copy.to) check(value == run, "each tile once, and seen by the next run");
      }
    }
  }
  // Alternate runs with few and many tiles: a late thread must not compare the previous run's counter with the new end.
  pool.set_threads(2);
  {
    glassworks::Session session;
    for (int run = 0; run < 200000; ++run) {
      const int64_t tiles = run % 2 ? 4 : 40;
      Marking marks(tiles);
      pool.run(marks, shares(tiles, 2));
      for (int value : marks.done) check(value == 1, "each tile once, however many the run before had");
    }
  }
  callbacks(pool);
  std::puts("the pool is clean");
}
