// What a connection received, byte for byte.
//
// libcurl 7.88 (Debian 12) calls some answers whole that are not: FIN within the header section or before a chunked body's
// last LF, and RST_STREAM(NO_ERROR) instead of END_STREAM, with which an edge passes on that its upstream broke. It has no
// hook that would tell, so a load worker looks at what libcurl receives.
#pragma once
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace zdt::load {

/// Follows the frames of HTTP/2 (RFC 9113, 4.1) that a server sends, over any cuts of the stream of bytes.
class FrameReader {
 public:
  void read(std::string_view bytes);
  /// The stream of the newest header section; 0: none.
  uint32_t newest_stream() const { return newest_; }
  /// Whether `stream` has ended with END_STREAM, and every frame up to that has come (RFC 9113, 8.1). Asked of the last eight
  /// that did.
  bool has_ended(uint32_t stream) const;

 private:
  void begin_frame();
  void end_frame();

  std::array<uint8_t, 9> head_{};
  size_t head_bytes_ = 0, payload_left_ = 0;
  uint32_t stream_ = 0, newest_ = 0;
  std::array<uint32_t, 8> ended_{};
  size_t ended_count_ = 0;
  uint8_t type_ = 0, flags_ = 0;
  bool ends_with_section_ = false;  // HEADERS had END_STREAM, and CONTINUATION frames are to follow
};

/// One connection's. Its loop and the exchange under way share it.
class Wire {
 public:
  /// count  as recv() returned it.
  void received(const char* bytes, ssize_t count, bool http2);
  /// The peer has sent its last byte (FIN), and it was read.
  bool ended() const { return ended_; }
  /// Received since begin_answer().
  int64_t answer_bytes() const { return answer_bytes_; }
  void begin_answer() { answer_bytes_ = 0; }
  /// Whose answer came last: libcurl may use the connection again before it tells of an exchange's end.
  void set_reader(const void* exchange) { reader_ = exchange; }
  bool is_read_by(const void* exchange) const { return reader_ == exchange; }
  /// The last byte received; 0 before any.
  char last_byte() const { return last_byte_; }
  const FrameReader& frames() const { return frames_; }

 private:
  bool ended_ = false;
  char last_byte_ = 0;
  int64_t answer_bytes_ = 0;
  const void* reader_ = nullptr;
  FrameReader frames_;
};

/// Who is told of each recv() of this thread that took bytes off a socket.
class ReceiveObserver {
 public:
  virtual ~ReceiveObserver() = default;
  virtual void on_receive(int socket, const char* bytes, ssize_t count) = 0;
};

/// As long as it lives, `observer` is told of what this thread receives. Not two at a time on a thread.
class ReceiveScope {
 public:
  explicit ReceiveScope(ReceiveObserver& observer);
  ~ReceiveScope();
  ReceiveScope(const ReceiveScope&) = delete;
  ReceiveScope& operator=(const ReceiveScope&) = delete;
};

}  // namespace zdt::load
