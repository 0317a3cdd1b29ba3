// Words of texts: cleaned, split at whitespace, counted and looked up. A text is bytes; several lie end to end, with
// the place where each ends.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace glassworks {

// What becomes of each byte of a text before it is split: another byte, or nothing.
struct Cleaning {
  std::array<char, 256> byte;
  std::array<bool, 256> kept;
};

// Texts that lie end to end.
struct Texts {
  std::string_view bytes;
  const int64_t* ends;
  int64_t count;

  std::string_view operator[](int64_t i) const {
    const int64_t start = i ? ends[i - 1] : 0;
    return bytes.substr(start, ends[i] - start);
  }
};

// Different words, numbered in the order in which they came, with how often they came and in how many texts.
class WordTable {
 public:
  WordTable();

  // Add a word, unless it is there.
  void add(std::string_view word);
  // Count the words of texts.
  void count(const Texts& texts, const Cleaning& cleaning);
  // Write the numbers of the words of texts, -1 for those that are not here, and how many words each text has. Returns
  // how many there are in all; `numbers` has room for `most_words`.
  int64_t look_up(const Texts& texts, const Cleaning& cleaning, int64_t* numbers, int64_t* lengths) const;
  // A word and the space behind it take two bytes.
  static int64_t most_words(const Texts& texts) { return (static_cast<int64_t>(texts.bytes.size()) + texts.count) / 2; }

  int64_t size() const { return static_cast<int64_t>(entries_.size()); }
  std::string_view word(int64_t i) const { return {bytes_.data() + entries_[i].start, entries_[i].length}; }
  int64_t count_of(int64_t i) const { return entries_[i].count; }
  int64_t texts_with(int64_t i) const { return entries_[i].texts; }

 private:
  struct Entry {
    uint64_t hash;
    size_t start, length;
    int64_t count = 0, texts = 0, last_text = -1;
  };

  // The place in `places_` of a word: that of its number, or the free one where it belongs.
  size_t place_of(std::string_view word, uint64_t hash) const;
  int64_t number_or_new(std::string_view word);
  void grow();

  std::vector<char> bytes_;
  std::vector<Entry> entries_;
  std::vector<int64_t> places_;  // a power of two of them: the number of an entry, or -1
  int64_t texts_ = 0;
};

}  // namespace glassworks
