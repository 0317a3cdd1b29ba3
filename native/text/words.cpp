#include "text/words.h"

#include <cstring>
#include <random>

namespace glassworks {
namespace {

__extension__ typedef unsigned __int128 Wide;

uint64_t folded(uint64_t a, uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Different in every process, so that nobody can write a text whose words all have one place.
uint64_t secret() {
  static const uint64_t drawn = [] {
    std::random_device device;
    return (static_cast<uint64_t>(device()) << 32 | device()) | 1;
  }();
  return drawn;
}

uint64_t hash_of(std::string_view word, uint64_t seed) {
  uint64_t hash = seed ^ word.size();
  const char* p = word.data();
  size_t left = word.size();
  for (; left > 8; left -= 8, p += 8) {
    uint64_t part;
    std::memcpy(&part, p, 8);
    hash = folded(hash ^ part, 0x9e3779b97f4a7c15u);
  }
  uint64_t part = 0;
  std::memcpy(&part, p, left);
  return folded(folded(hash ^ part, 0xd6e8feb86659fd93u), seed);
}

// The whitespace of ASCII, as Python's bytes.split takes it.
bool is_space(unsigned char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

// Calls `found` with each word of a text, which is valid during the call.
template <class Found>
void for_each_word(std::string_view text, const Cleaning& cleaning, std::vector<char>& buffer, Found found) {
  buffer.resize(text.size() + 1);
  char* const start = buffer.data();
  char* end = start;
  for (const char given : text) {
    const auto byte = static_cast<unsigned char>(given);
    const char clean = cleaning.byte[byte];
    *end = clean;
    if (!cleaning.kept[byte]) continue;
    if (!is_space(static_cast<unsigned char>(clean))) {
      ++end;
    } else if (end != start) {
      found(std::string_view(start, end - start));
      end = start;
    }
  }
  if (end != start) found(std::string_view(start, end - start));
}

}  // namespace

WordTable::WordTable() : places_(1024, -1) {}

size_t WordTable::place_of(std::string_view word, uint64_t hash) const {
  const size_t mask = places_.size() - 1;
  size_t place = hash & mask;
  for (; places_[place] >= 0; place = (place + 1) & mask) {
    const Entry& entry = entries_[places_[place]];
    if (entry.hash == hash && entry.length == word.size() &&
        std::memcmp(bytes_.data() + entry.start, word.data(), word.size()) == 0)
      break;
  }
  return place;
}

void WordTable::grow() {
  std::vector<int64_t> larger(places_.size() * 2, -1);
  const size_t mask = larger.size() - 1;
  for (int64_t number = 0; number < size(); ++number) {
    size_t place = entries_[number].hash & mask;
    while (larger[place] >= 0) place = (place + 1) & mask;
    larger[place] = number;
  }
  places_ = std::move(larger);
}

int64_t WordTable::number_or_new(std::string_view word) {
  const uint64_t hash = hash_of(word, secret());
  size_t place = place_of(word, hash);
  if (places_[place] < 0) {
    if (entries_.size() * 2 >= places_.size()) {
      grow();
      place = place_of(word, hash);
    }
    entries_.push_back({hash, bytes_.size(), word.size()});
    bytes_.insert(bytes_.end(), word.begin(), word.end());
    places_[place] = size() - 1;
  }
  return places_[place];
}

void WordTable::add(std::string_view word) { number_or_new(word); }

void WordTable::count(const Texts& texts, const Cleaning& cleaning) {
  std::vector<char> buffer;
  for (int64_t i = 0; i < texts.count; ++i, ++texts_)
    for_each_word(texts[i], cleaning, buffer, [&](std::string_view word) {
      Entry& entry = entries_[number_or_new(word)];
      ++entry.count;
      entry.texts += entry.last_text != texts_;
      entry.last_text = texts_;
    });
}

int64_t WordTable::look_up(const Texts& texts, const Cleaning& cleaning, int64_t* numbers, int64_t* lengths) const {
  std::vector<char> buffer;
  int64_t* next = numbers;
  for (int64_t i = 0; i < texts.count; ++i) {
    const int64_t* const first = next;
    for_each_word(texts[i], cleaning, buffer,
                  [&](std::string_view word) { *next++ = places_[place_of(word, hash_of(word, secret()))]; });
    lengths[i] = next - first;
  }
  return next - numbers;
}

}  // namespace glassworks
