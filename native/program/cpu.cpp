// Which instruction sets this CPU can run, and the choice among their kernels.
#include <cstdlib>
#include <cstring>
#include <unordered_map>

#include "glassworks/kernels.h"

namespace glassworks {
namespace {

struct Choice {
  const KernelTable* table;
  std::unordered_map<std::string, Kernel> by_name;

  explicit Choice(const KernelTable& chosen) { set(chosen); }
  void set(const KernelTable& chosen) {
    table = &chosen;
    by_name.clear();
    for (int64_t i = 0; i < chosen.kernel_count; ++i) by_name[chosen.kernels[i].name] = chosen.kernels[i].kernel;
  }
};

std::vector<const KernelTable*> runnable() {
  std::vector<const KernelTable*> tables = {&kernels_baseline()};
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) tables.push_back(&kernels_avx2());
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    tables.push_back(&kernels_avx512());
#endif
  return tables;
}

// The best, unless the environment names another that can run.
const KernelTable& first_choice() {
  const char* wanted = std::getenv("GLASSWORKS_ISA");
  const auto tables = runnable();
  for (const KernelTable* table : tables)
    if (wanted && std::strcmp(wanted, table->isa) == 0) return *table;
  return *tables.back();
}

Choice& choice() {
  static Choice instance(first_choice());
  return instance;
}

}  // namespace

const KernelTable& kernels() { return *choice().table; }

bool choose_kernels(const std::string& isa) {
  for (const KernelTable* table : runnable())
    if (isa == table->isa) {
      choice().set(*table);
      return true;
    }
  return false;
}

std::vector<std::string> runnable_isas() {
  std::vector<std::string> names;
  for (const KernelTable* table : runnable()) names.emplace_back(table->isa);
  return names;
}

Kernel find_kernel(const std::string& name) {
  const auto found = choice().by_name.find(name);
  return found == choice().by_name.end() ? nullptr : found->second;
}

}  // namespace glassworks
