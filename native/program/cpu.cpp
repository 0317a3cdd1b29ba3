// Which instruction sets this CPU can run, and the choice among their kernels.
#if defined(__x86_64__) && !defined(GW_BASELINE_ONLY)
#define GW_MORE_THAN_BASELINE
#include <cpuid.h>
#endif

#include <cstdlib>
#include <cstring>
#include <memory>
#include <unordered_map>

#include "glassworks/kernels.h"

namespace glassworks {
namespace {

// A table with its signatures read. Programs point into it, so it stays when another table is chosen.
struct ReadTable {
  const KernelTable* table;
  std::vector<KernelInfo> infos;
  std::unordered_map<std::string, const KernelInfo*> by_name;

  explicit ReadTable(const KernelTable& read) : table(&read) {
    infos.reserve(static_cast<size_t>(read.count));
    for (int64_t i = 0; i < read.count; ++i) infos.emplace_back(read.entries[i]);
    for (const KernelInfo& info : infos) by_name[info.name] = &info;
  }
};

const ReadTable* read_table(const KernelTable& table) {
  static std::vector<std::unique_ptr<ReadTable>> known;
  for (const auto& one : known)
    if (one->table == &table) return one.get();
  known.push_back(std::make_unique<ReadTable>(table));
  return known.back().get();
}

#ifdef GW_MORE_THAN_BASELINE
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
#ifdef GW_MORE_THAN_BASELINE
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

const ReadTable*& chosen() {
  static const ReadTable* table = read_table(first_choice());
  return table;
}

}  // namespace

const KernelTable& kernels() { return *chosen()->table; }

bool choose_kernels(const std::string& isa) {
  for (const KernelTable* table : runnable())
    if (isa == table->isa) {
      chosen() = read_table(*table);
      return true;
    }
  return false;
}

std::vector<std::string> runnable_isas() {
  std::vector<std::string> names;
  for (const KernelTable* table : runnable()) names.emplace_back(table->isa);
  return names;
}

const std::vector<KernelInfo>& kernel_infos() { return chosen()->infos; }

const KernelInfo* find_kernel(const std::string& name) {
  const auto found = chosen()->by_name.find(name);
  return found == chosen()->by_name.end() ? nullptr : found->second;
}

}  // namespace glassworks
