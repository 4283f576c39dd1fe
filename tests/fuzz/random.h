// The only source of chance: the same seed gives the same inputs, on every machine (splitmix64).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace zdt::fuzz {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// 0 … limit - 1; 0 when limit is 0.
  size_t below(size_t limit) { return limit == 0 ? 0 : static_cast<size_t>(next() % limit); }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class T>
  const T& of(const std::vector<T>& all) {
    return all[below(all.size())];
  }
  std::string bytes(size_t count) {
    std::string made(count, '\0');
    for (char& c : made) c = static_cast<char>(next());
    return made;
  }

 private:
  uint64_t state_;
};

}  // namespace zdt::fuzz
