#include "rehearsal/api/protobuf.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

#include "base/text.h"
#include "base/units.h"
#include "rehearsal/api/content.h"
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {
namespace {

constexpr std::string_view kMagic("k8s\0", 4);

Failure malformed() { return bad_request("the protobuf body is malformed"); }

Failure not_in_table(const std::string& what) {
  return {
      415, "UnsupportedMediaType",
      what +
          " is not read as protobuf by the rehearsal cluster: send JSON (kubectl create -f, kubectl apply)"};
}

/// One field on the wire: a number (varint and fixed), or bytes.
struct WireField {
  uint64_t number = 0;
  uint64_t value = 0;
  std::string_view bytes;
};

/// Reads the fields of one message, in order.
class WireReader {
 public:
  explicit WireReader(std::string_view data) : data_(data) {}

  std::optional<WireField> next() {
    if (data_.empty()) return std::nullopt;
    const uint64_t tag = varint();
    WireField field{tag >> 3, 0, {}};
    switch (tag & 7) {
      case 0:
        field.value = varint();
        break;
      case 1:
        field.value = fixed(8);
        break;
      case 2:
        field.bytes = take(varint());
        break;
      case 5:
        field.value = fixed(4);
        break;
      default:
        throw malformed();
    }
    return field;
  }

 private:
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    throw malformed();
  }

  uint64_t fixed(size_t size) {
    uint64_t value = 0;
    const std::string_view bytes = take(size);
    for (size_t i = size; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[i - 1]);
    return value;
  }

  std::string_view take(uint64_t size) {
    if (size > data_.size()) throw malformed();
    const std::string_view taken = data_.substr(0, size);
    data_.remove_prefix(size);
    return taken;
  }

  std::string_view data_;
};

/// How far the decoding has come: a message of two bytes may be an object, and a body may have a million.
class Progress {
 public:
  /// Throws Failure 400 when the body has too many values.
  void count() {
    if (++values_ > kMaxSteps) throw malformed();
  }
  /// One level deeper, until its end.
  class Level {
   public:
    explicit Level(Progress& progress) : progress_(progress) {
      if (++progress_.depth_ > kMaxDepth) throw malformed();
    }
    ~Level() { --progress_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Progress& progress_;
  };

 private:
  size_t values_ = 0;
  int depth_ = 0;
};

struct FieldEntry {
  std::string name, type;
  bool zero_counts = false;
};
using Fields = std::map<uint64_t, FieldEntry>;

/// Fields of a message by number. Any thread: what was made once stays where it is.
const Fields& fields_of(const std::string& message) {
  static std::mutex mutex;
  static std::map<std::string, Fields> known;
  const std::lock_guard lock(mutex);
  auto [entry, added] = known.try_emplace(message);
  if (!added) return entry->second;
  const char* words = protobuf_fields(message);
  if (words == nullptr) throw std::logic_error("protobuf_messages.cpp lacks " + message);
  for (const std::string& word : split(words, ' ')) {
    const size_t equals = word.find('='), colon = word.find(':');
    std::string type = word.substr(colon + 1);
    const bool zero_counts = type.back() == '!';
    if (zero_counts) type.pop_back();
    entry->second[std::stoul(word.substr(0, equals))] = {word.substr(equals + 1, colon - equals - 1), type,
                                                         zero_counts};
  }
  return entry->second;
}

json decode_time(std::string_view bytes) {
  int64_t seconds = 0, nanos = 0;
  WireReader reader(bytes);
  while (const auto field = reader.next())
    (field->number == 1 ? seconds : nanos) = static_cast<int64_t>(field->value);
  if (seconds == 0) return nullptr;
  constexpr int64_t kFirst = -1'262'304'000, kLast = 7'258'118'400;  // 1930 and 2200, as parse_time() has it
  seconds = std::clamp(seconds, kFirst, kLast);
  nanos = std::clamp<int64_t>(nanos, 0, 999'999'999);
  const WallTime time =
      std::chrono::system_clock::from_time_t(seconds) + std::chrono::microseconds(nanos / 1000);
  return format_time(time, nanos != 0);
}

json decode_int_or_string(std::string_view bytes) {
  uint64_t type = 0;
  json number = 0, text = "";
  WireReader reader(bytes);
  while (const auto field = reader.next()) {
    if (field->number == 1) type = field->value;
    if (field->number == 2) number = static_cast<int64_t>(field->value);
    if (field->number == 3) text = std::string(field->bytes);
  }
  return type == 0 ? number : text;
}

json decode_quantity(std::string_view bytes) {
  json text = "0";
  WireReader reader(bytes);
  while (const auto field = reader.next()) text = std::string(field->bytes);
  return text;
}

json decode_message(const std::string& message, std::string_view bytes, Progress& progress);

json decode_value(const std::string& type, const WireField& field, Progress& progress) {
  progress.count();
  if (type == "text") return std::string(field.bytes);
  if (type == "bytes") return base64_encode(field.bytes);
  if (type == "bool") return field.value != 0;
  if (type == "int") return static_cast<int64_t>(field.value);
  if (type == "Time") return decode_time(field.bytes);
  if (type == "Quantity") return decode_quantity(field.bytes);
  if (type == "IntOrString") return decode_int_or_string(field.bytes);
  return decode_message(type, field.bytes, progress);
}

void add_map_entry(json& map, const std::string& type, std::string_view bytes, Progress& progress) {
  std::string key;
  json value = type == "text" || type == "bytes" ? json("") : json(nullptr);
  WireReader reader(bytes);
  while (const auto field = reader.next()) {
    if (field->number == 1) key = std::string(field->bytes);
    if (field->number == 2) value = decode_value(type, *field, progress);
  }
  map[key] = std::move(value);
}

bool is_zero(const json& value) { return value.is_null() || value == "" || value == 0 || value == false; }

void add_field(json& object, const FieldEntry& entry, const WireField& field, Progress& progress) {
  const std::string below = entry.type.substr(1);
  if (entry.type == "ignored") return;
  if (entry.type[0] == '[') {
    object[entry.name].push_back(decode_value(below, field, progress));
  } else if (entry.type[0] == '{') {
    add_map_entry(object[entry.name], below, field.bytes, progress);
  } else if (entry.name.empty()) {
    object.update(decode_message(entry.type, field.bytes, progress));
  } else {
    // Go writes fields that are not pointers even when they are empty; in JSON they are left out.
    json value = decode_value(entry.type, field, progress);
    if (entry.zero_counts || !is_zero(value)) object[entry.name] = std::move(value);
  }
}

json decode_message(const std::string& message, std::string_view bytes, Progress& progress) {
  const Progress::Level level(progress);
  const Fields& fields = fields_of(message);
  json object = json::object();
  WireReader reader(bytes);
  while (const auto field = reader.next()) {
    const auto entry = fields.find(field->number);
    if (entry != fields.end()) {
      add_field(object, entry->second, *field, progress);
    } else if (!field->bytes.empty() || field->value != 0) {
      throw not_in_table(fmt::format("field {} of {}", field->number, message));
    }
  }
  return object;
}

/// runtime.TypeMeta: 1 = apiVersion, 2 = kind.
void read_type(std::string_view bytes, std::string& version, std::string& kind) {
  WireReader reader(bytes);
  while (const auto field = reader.next()) (field->number == 1 ? version : kind) = std::string(field->bytes);
}

}  // namespace

json decode_protobuf(std::string_view body) {
  if (!body.starts_with(kMagic)) throw malformed();
  // runtime.Unknown: 1 = typeMeta, 2 = raw.
  std::string version, kind;
  std::string_view raw;
  WireReader reader(body.substr(kMagic.size()));
  while (const auto field = reader.next()) {
    if (field->number == 1) read_type(field->bytes, version, kind);
    if (field->number == 2) raw = field->bytes;
  }
  if (protobuf_fields(kind) == nullptr || version == "events.k8s.io/v1" || version == "autoscaling/v1") {
    throw not_in_table(version + " " + kind);
  }
  Progress progress;
  json object = decode_message(kind, raw, progress);
  object["apiVersion"] = version;
  object["kind"] = kind;
  return object;
}

}  // namespace zdt::rehearsal::api
