// Which instruction sets this CPU can run, and the choice among their kernels.
#if defined(__x86_64__)
#include <cpuid.h>
#endif

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

#if defined(__x86_64__)
// What CPUID says, and whether the system saves the registers (XGETBV).
struct Cpu {
  bool avx2 = false, avx512 = false;

  Cpu() {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return;
    const bool saves = c >> 27 & 1, fma = c >> 12 & 1, f16c = c >> 29 & 1;
    if (!saves || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    avx2 = (low & 0x6) == 0x6 && (b >> 5 & 1) && fma && f16c;
    constexpr unsigned f = 1u << 16, dq = 1u << 17, bw = 1u << 30, vl = 1u << 31;
    avx512 = avx2 && (low & 0xe6) == 0xe6 && (b & f) && (b & dq) && (b & bw) && (b & vl);
  }
};
#endif

std::vector<const KernelTable*> runnable() {
#if defined(__x86_64__)
  static const Cpu cpu;
  std::vector<const KernelTable*> tables = {&kernels_baseline()};
  if (cpu.avx2) tables.push_back(&kernels_avx2());
  if (cpu.avx512) tables.push_back(&kernels_avx512());
  return tables;
#elif defined(__aarch64__)
  return {&kernels_neon()};
#else
  return {&kernels_baseline()};
#endif
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

const NamedWindowKernel* find_head(const std::string& name) {
  const KernelTable& table = kernels();
  for (int64_t i = 0; i < table.head_count; ++i)
    if (name == table.heads[i].name) return &table.heads[i];
  return nullptr;
}

const NamedTaskKernel* find_task(const std::string& name) {
  const KernelTable& table = kernels();
  for (int64_t i = 0; i < table.task_count; ++i)
    if (name == table.tasks[i].name) return &table.tasks[i];
  return nullptr;
}

}  // namespace glassworks
