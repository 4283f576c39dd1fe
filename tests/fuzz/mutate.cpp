#include "fuzz/mutate.h"

#include <algorithm>
#include <limits>

namespace zdt::fuzz {
namespace {

const std::vector<std::string>& common_texts() {
  static const std::vector<std::string> texts = {"",
                                                 " ",
                                                 "a",
                                                 "0",
                                                 "-1",
                                                 "-0",
                                                 "1e999",
                                                 "NaN",
                                                 "70000",
                                                 "4294967296",
                                                 "9223372036854775808",
                                                 "18446744073709551616",
                                                 "../../../../tmp/x",
                                                 "/etc/passwd",
                                                 "..",
                                                 ".",
                                                 "/",
                                                 "a/b",
                                                 "a//b",
                                                 "~",
                                                 "~1",
                                                 "%2e%2e%2f",
                                                 "%00",
                                                 "%zz",
                                                 "%",
                                                 "abc",
                                                 "fd00::1",
                                                 "999.1.1.1",
                                                 "127.0.0.1",
                                                 "10.96.0.1",
                                                 "0.0.0.0",
                                                 "::",
                                                 "10.0.0.0/33",
                                                 "fe80::1%eth0",
                                                 "localhost",
                                                 "a..b",
                                                 "-a",
                                                 "A_B",
                                                 "xn--",
                                                 "*",
                                                 "*.x",
                                                 "$(A)",
                                                 "$(A",
                                                 "$$",
                                                 "${x}",
                                                 "(a+)+$",
                                                 "[",
                                                 "(?i)",
                                                 "a{1,99999}",
                                                 ".*.*.*.*.*b",
                                                 "1h",
                                                 "1h1h",
                                                 "-5m",
                                                 "99999999999h",
                                                 "2020-01-01T00:00:00Z",
                                                 "0000-00-00T00:00:00Z",
                                                 "1e1000",
                                                 "1Ei",
                                                 "100m",
                                                 "-1Gi",
                                                 "0.0000000000000000001",
                                                 "25%",
                                                 "-25%",
                                                 "101%",
                                                 "1e2%",
                                                 "\n",
                                                 "\r\n",
                                                 "\t",
                                                 "\x1b[31m",
                                                 "::add-mask::x",
                                                 "\xc2\x9b",
                                                 "\xe2\x80\xae",
                                                 "\xf0\x9f\x98\x80",
                                                 "include \"/etc/passwd\"",
                                                 "a; flush ruleset",
                                                 "a\nnameserver 6.6.6.6",
                                                 "true",
                                                 "null",
                                                 "{}",
                                                 "[]",
                                                 "\"",
                                                 "'",
                                                 "`",
                                                 "\\",
                                                 "<script>",
                                                 "metadata.name",
                                                 "status.phase",
                                                 "spec.replicas",
                                                 "delete",
                                                 "replace",
                                                 "merge",
                                                 "$patch",
                                                 "$retainKeys",
                                                 "IfNotPresent",
                                                 "Always",
                                                 "system:masters",
                                                 "TCP",
                                                 "SCTP"};
  return texts;
}

std::string long_text(Random& random) {
  static const std::vector<std::string> units = {"1",   "a",        "-",    "/", ".", ",", ":",
                                                 "%41", "\xc3\xa4", "a=b,", "(", "[", "{", "\\"};
  static const std::vector<size_t> sizes = {64, 254, 4096, 70'000};
  const std::string& unit = random.of(units);
  std::string text;
  const size_t size = random.of(sizes);
  while (text.size() < size) text += unit;
  return text;
}

json number(Random& random) {
  switch (random.below(8)) {
    case 0:
      return 0;
    case 1:
      return -1;
    case 2:
      return static_cast<int64_t>(random.next());
    case 3:
      return random.next();
    case 4:
      return std::numeric_limits<int64_t>::min();
    case 5:
      return 1.5;
    case 6:
      return 1e300;
    default:
      return std::vector<int64_t>{
          255, 256, 65535, 65536, 70000, 2147483647, 2147483648, 4294967295}[random.below(8)];
  }
}

/// Depth `depth` of lists or objects.
json nested(Random& random, int depth) {
  json value = "deep";
  const bool lists = random.chance(50);
  for (int i = 0; i < depth; ++i) {
    json outer = lists ? json::array() : json::object();
    if (lists) outer.push_back(std::move(value));
    if (!lists) outer["a"] = std::move(value);
    value = std::move(outer);
  }
  return value;
}

/// Any part of `value`, found by going down at random.
json* some_part(Random& random, json& value) {
  json* at = &value;
  while (at->is_structured() && !at->empty() && !random.chance(12)) {
    auto step = at->begin();
    std::advance(step, static_cast<long>(random.below(at->size())));
    at = &*step;
  }
  return at;
}

void change_object(Random& random, json& part, const std::vector<std::string>& words) {
  if (part.empty() || random.chance(20)) {
    part[hostile_text(random, words).substr(0, 300)] = hostile_value(random, words);
    return;
  }
  auto member = part.begin();
  std::advance(member, static_cast<long>(random.below(part.size())));
  const std::string key = member.key();
  json value = member.value();
  switch (random.below(4)) {
    case 0:
      part.erase(key);
      break;
    case 1:
      part[key] = hostile_value(random, words);
      break;
    case 2:
      part[key] = json::array({value});
      break;
    default:
      part.erase(key);
      part[random.chance(50) && !words.empty() ? random.of(words) : key + "x"] = std::move(value);
  }
}

void change_array(Random& random, json& part, const std::vector<std::string>& words) {
  if (part.empty() || random.chance(25)) {
    part.push_back(hostile_value(random, words));
    return;
  }
  const size_t at = random.below(part.size());
  json value = part[at];
  switch (random.below(4)) {
    case 0:
      part.erase(at);
      break;
    case 1:
      part[at] = hostile_value(random, words);
      break;
    case 2:
      part.push_back(std::move(value));
      break;
    default:
      for (size_t i = random.of(std::vector<size_t>{2, 20, 300}); i > 0; --i) part.push_back(value);
  }
}

}  // namespace

std::string hostile_text(Random& random, const std::vector<std::string>& words) {
  if (random.chance(4)) return long_text(random);
  if (!words.empty() && random.chance(40)) return random.of(words);
  return random.of(common_texts());
}

json hostile_value(Random& random, const std::vector<std::string>& words) {
  switch (random.below(12)) {
    case 0:
      return nullptr;
    case 1:
      return random.chance(50);
    case 2:
    case 3:
      return number(random);
    case 4:
      return json::array();
    case 5:
      return json::object();
    case 6:
      return json::array({hostile_text(random, words)});
    case 7:
      return json{{hostile_text(random, words).substr(0, 300), number(random)}};
    case 8:
      return nested(random, random.of(std::vector<int>{2, 30, 99, 101, 400}));
    default:
      return hostile_text(random, words);
  }
}

json mutated_json(Random& random, json value, const std::vector<std::string>& words) {
  for (size_t changes = 1 + random.below(4); changes > 0; --changes) {
    json& part = *some_part(random, value);
    if (part.is_object() && !random.chance(15)) {
      change_object(random, part, words);
    } else if (part.is_array() && !random.chance(15)) {
      change_array(random, part, words);
    } else {
      part = hostile_value(random, words);
    }
  }
  return value;
}

std::string mutated_bytes(Random& random, std::string bytes, const std::vector<std::string>& words,
                          const std::string& other, size_t limit) {
  for (size_t changes = 1 + random.below(6); changes > 0; --changes) {
    const size_t at = random.below(bytes.size() + 1);
    const size_t count = std::min(bytes.size() - at, 1 + random.below(random.chance(20) ? 400 : 12));
    switch (random.below(8)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        break;
      case 1:
        bytes.insert(at, random.bytes(1 + random.below(6)));
        break;
      case 2:
        bytes.insert(at, hostile_text(random, words));
        break;
      case 3:
        bytes.erase(at, count);
        break;
      case 4:
        bytes.insert(at, bytes.substr(at, count));
        break;
      case 5:
        if (at + count <= bytes.size()) bytes.replace(at, count, hostile_text(random, words));
        break;
      case 6: {
        const std::string piece = bytes.substr(at, std::min<size_t>(count, 40));
        std::string many;
        for (size_t i = random.of(std::vector<size_t>{3, 30, 1000}); i > 0 && many.size() < limit; --i)
          many += piece;
        bytes.insert(at, many);
        break;
      }
      default:
        if (!other.empty()) bytes.insert(at, other.substr(random.below(other.size()), 1 + random.below(200)));
    }
  }
  if (bytes.size() > limit) bytes.resize(limit);
  return bytes;
}

}  // namespace zdt::fuzz
