// Every way in which an answer can be cut off: whole answers in each framing, cut after each byte, by FIN and by RST, and
// what only HTTP/2 has.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "unit/load/cut_server.h"

namespace zdt::load::testing {

/// reply  for the stream of the request; HTTP/1 does not ask.
struct Cut {
  std::string name;
  std::function<Reply(uint32_t stream)> reply;
};

/// framed  the end is told by the answer, not by FIN.   head  how many bytes up to the end of its final header section.
struct WholeAnswer {
  const char* name;
  std::string head, body;
  bool framed = true;
};

inline const std::vector<WholeAnswer>& whole_answers() {
  static const std::string ok = "HTTP/1.1 200 OK\r\n", interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nx-pod: no\r\n\r\n";
  static const std::vector<WholeAnswer> answers = {
      {"Content-Length", ok + "x-pod: a\r\nContent-Length: 5\r\n\r\n", "hello"},
      {"no body", ok + "Content-Length: 0\r\n\r\n", ""},
      {"204", "HTTP/1.1 204 No Content\r\n\r\n", ""},
      {"304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", ""},
      {"chunked", ok + "Transfer-Encoding: chunked\r\n\r\n", "5;a=b\r\nhello\r\n0a\r\n0123456789\r\n0\r\n\r\n"},
      {"chunked with trailers", ok + "Transfer-Encoding: chunked\r\n\r\n", "2\r\nok\r\n0\r\nx-sum: 1\r\nx-pod: no\r\n\r\n"},
      {"LF alone", "HTTP/1.1 200 OK\nContent-Length: 2\n\n", "ok"},
      {"interim, Content-Length", interim + ok + "Content-Length: 2\r\n\r\n", "ok"},
      {"interim, chunked", interim + ok + "Transfer-Encoding: chunked\r\n\r\n", "2\r\nok\r\n0\r\n\r\n"},
      {"HTTP/1.0, Content-Length", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n", "ok"},
      {"HTTP/1.0, kept", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n", "ok"},
      {"HTTP/1.0, until the end", "HTTP/1.0 200 OK\r\n\r\n", "hello", false},
      {"until the end", ok + "Connection: close\r\n\r\n", "hello", false},
      {"interim, until the end", interim + ok + "\r\n", "hello", false},
  };
  return answers;
}

/// Cut after `length` bytes. Without framing FIN is the body's end, wherever it comes.
inline Cut cut_of(const WholeAnswer& answer, size_t length, End end) {
  const std::string all = answer.head + answer.body;
  const bool whole = answer.framed ? length == all.size() : length >= answer.head.size() && end == End::kFin;
  const Reply reply{all.substr(0, length), end, whole};
  return {fmt::format("{}, {} after byte {} of {}", answer.name, end == End::kFin ? "FIN" : "RST", length, all.size()),
          [reply](uint32_t) { return reply; }};
}

inline std::vector<Cut> http1_cuts() {
  std::vector<Cut> cuts;
  for (const WholeAnswer& answer : whole_answers()) {
    for (size_t length = 0; length <= answer.head.size() + answer.body.size(); ++length) {
      for (const End end : {End::kFin, End::kReset}) cuts.push_back(cut_of(answer, length, end));
    }
  }
  return cuts;
}

// ---- HTTP/2 ----

/// RFC 9113, 4.1.
inline std::string frame(uint8_t type, uint8_t flags, uint32_t stream, const std::string& payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  std::string bytes;
  for (const uint32_t byte : {size >> 16, size >> 8, size, uint32_t{type}, uint32_t{flags}, stream >> 24, stream >> 16, stream >> 8, stream})
    bytes += static_cast<char>(byte & 0xFF);
  return bytes + payload;
}

/// The frames of one answer on a stream, in its server's words.
struct Frames {
  uint32_t stream = 1;

  static constexpr uint8_t kEndStream = 0x1, kEndHeaders = 0x4;
  /// ":status: 200" (RFC 7541, A: 8) and "x-pod: a".
  static std::string fields() { return std::string("\x88\x00\x05x-pod\x01"
                                                    "a", 10); }
  static std::string settings() { return frame(0x4, 0, 0, ""); }
  std::string headers(uint8_t flags = kEndHeaders) const { return frame(0x1, flags, stream, fields()); }
  std::string interim() const { return frame(0x1, kEndHeaders, stream, std::string("\x08\x03" "103", 5)); }
  std::string trailers(uint8_t flags) const { return frame(0x1, flags, stream, std::string("\x00\x05x-sum\x01" "1", 9)); }
  std::string continuation() const { return frame(0x9, kEndHeaders, stream, std::string("\x00\x05x-two\x01" "2", 9)); }
  std::string data(const std::string& bytes, uint8_t flags = 0) const { return frame(0x0, flags, stream, bytes); }
  std::string reset(uint8_t error) const { return frame(0x3, 0, stream, std::string("\0\0\0", 3) + static_cast<char>(error)); }
  static std::string goaway(uint8_t last, uint8_t error) {
    return frame(0x7, 0, 0, std::string("\0\0\0", 3) + static_cast<char>(last) + std::string("\0\0\0", 3) + static_cast<char>(error));
  }
};

using Make = std::function<std::string(const Frames&)>;

inline const std::vector<std::pair<const char*, Make>>& whole_streams() {
  constexpr uint8_t both = Frames::kEndStream | Frames::kEndHeaders;
  static const std::vector<std::pair<const char*, Make>> streams = {
      {"h2 data", [](const Frames& f) { return f.headers() + f.data("hel") + f.data("lo", Frames::kEndStream); }},
      {"h2 no body", [](const Frames& f) { return f.headers(both); }},
      {"h2 empty data", [](const Frames& f) { return f.headers() + f.data("hello") + f.data("", Frames::kEndStream); }},
      {"h2 trailers", [](const Frames& f) { return f.headers() + f.data("ok") + f.trailers(both); }},
      {"h2 interim", [](const Frames& f) { return f.interim() + f.headers() + f.data("ok", Frames::kEndStream); }},
      {"h2 continuation", [](const Frames& f) { return f.headers(Frames::kEndStream) + f.continuation(); }},
      {"h2 trailers' continuation",
       [](const Frames& f) { return f.headers() + f.data("ok") + f.trailers(Frames::kEndStream) + f.continuation(); }},
  };
  return streams;
}

/// What each connection begins with is sent before the answer to its first request.
inline Reply on_stream(uint32_t stream, const std::string& bytes, End end, bool whole) {
  return {(stream == 1 ? Frames::settings() : "") + bytes, end, whole};
}

inline void add_http2_cuts(std::vector<Cut>& cuts, const char* name, const Make& make) {
  const size_t all = make(Frames{1}).size();
  for (size_t length = 0; length <= all; ++length) {
    for (const End end : {End::kFin, End::kReset}) {
      // What a reset right behind a whole answer leaves of it is chance: libcurl may drop what it has received.
      if (length == all && end == End::kReset) continue;
      cuts.push_back({fmt::format("{}, {} after byte {} of {}", name, end == End::kFin ? "FIN" : "RST", length, all),
                      [=](uint32_t stream) {
                        return on_stream(stream, make(Frames{stream}).substr(0, length), end, length == all);
                      }});
    }
  }
}

/// Streams and connections that end by frames of their own: RST_STREAM (RFC 9113, 6.4) and GOAWAY (6.8).
inline void add_http2_endings(std::vector<Cut>& cuts) {
  const auto add = [&cuts](std::string name, Make make, End end, bool whole) {
    cuts.push_back({std::move(name), [=](uint32_t stream) { return on_stream(stream, make(Frames{stream}), end, whole); }});
  };
  const std::vector<std::pair<const char*, Make>> begun = {
      {"nothing", [](const Frames&) { return std::string(); }},
      {"an interim answer", [](const Frames& f) { return f.interim(); }},
      {"HEADERS", [](const Frames& f) { return f.headers(); }},
      {"DATA", [](const Frames& f) { return f.headers() + f.data("hel"); }},
  };
  for (const auto& [after, make] : begun) {
    for (const uint8_t error : {0, 1, 2, 7, 8, 13}) {  // NO_ERROR, PROTOCOL, INTERNAL, REFUSED_STREAM, CANCEL, HTTP_1_1_REQUIRED
      const auto reset = [make = make, error](const Frames& f) { return make(f) + f.reset(error); };
      add(fmt::format("h2 RST_STREAM {} after {}", error, after), reset, End::kKeep, false);
    }
    for (const uint8_t error : {0, 2}) {
      for (const End end : {End::kFin, End::kReset}) {
        const auto goaway = [make = make, error](const Frames& f) { return make(f) + Frames::goaway(static_cast<uint8_t>(f.stream), error); };
        add(fmt::format("h2 GOAWAY {} after {}, {}", error, after, end == End::kFin ? "FIN" : "RST"), goaway, end, false);
      }
    }
  }
  const auto all = whole_streams().front().second;
  add("h2 RST_STREAM 0 after the end", [all](const Frames& f) { return all(f) + f.reset(0); }, End::kKeep, true);
  add("h2 GOAWAY 0 after the end, FIN", [all](const Frames& f) { return all(f) + Frames::goaway(static_cast<uint8_t>(f.stream), 0); },
      End::kFin, true);
}

inline std::vector<Cut> http2_cuts() {
  std::vector<Cut> cuts;
  for (const auto& [name, make] : whole_streams()) add_http2_cuts(cuts, name, make);
  add_http2_endings(cuts);
  return cuts;
}

}  // namespace zdt::load::testing
