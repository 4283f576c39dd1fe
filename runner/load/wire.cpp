#include "load/wire.h"

#include <sys/socket.h>

#include <algorithm>

namespace zdt::load {
namespace {

// RFC 9113, 6.1, 6.2, 6.10.
constexpr uint8_t kData = 0x0, kHeaders = 0x1, kContinuation = 0x9;
constexpr uint8_t kEndStream = 0x1, kEndHeaders = 0x4;

thread_local ReceiveObserver* observer_of_thread = nullptr;

}  // namespace

void FrameReader::read(std::string_view bytes) {
  while (!bytes.empty()) {
    if (head_bytes_ < head_.size()) {
      head_[head_bytes_++] = static_cast<uint8_t>(bytes.front());
      bytes.remove_prefix(1);
      if (head_bytes_ == head_.size()) begin_frame();
    } else {
      const size_t part = std::min(payload_left_, bytes.size());
      payload_left_ -= part;
      bytes.remove_prefix(part);
    }
    if (head_bytes_ == head_.size() && payload_left_ == 0) end_frame();
  }
}

void FrameReader::begin_frame() {
  payload_left_ = size_t{head_[0]} << 16 | size_t{head_[1]} << 8 | head_[2];
  type_ = head_[3];
  flags_ = head_[4];
  stream_ = uint32_t{head_[5] & 0x7FU} << 24 | uint32_t{head_[6]} << 16 | uint32_t{head_[7]} << 8 | head_[8];
  if (type_ == kHeaders) newest_ = stream_;
}

void FrameReader::end_frame() {
  head_bytes_ = 0;
  const bool section_ends = (type_ == kHeaders || type_ == kContinuation) && (flags_ & kEndHeaders) != 0;
  if (type_ == kHeaders) ends_with_section_ = (flags_ & kEndStream) != 0;
  if (type_ == kData ? (flags_ & kEndStream) != 0 : section_ends && ends_with_section_) ended_[ended_count_++ % ended_.size()] = stream_;
}

bool FrameReader::has_ended(uint32_t stream) const {
  return stream != 0 && std::find(ended_.begin(), ended_.end(), stream) != ended_.end();
}

void Wire::received(const char* bytes, ssize_t count, bool http2) {
  if (count == 0) ended_ = true;
  if (count <= 0) return;
  answer_bytes_ += count;
  last_byte_ = bytes[count - 1];
  if (http2) frames_.read({bytes, static_cast<size_t>(count)});
}

ReceiveScope::ReceiveScope(ReceiveObserver& observer) { observer_of_thread = &observer; }

ReceiveScope::~ReceiveScope() { observer_of_thread = nullptr; }

}  // namespace zdt::load

/// Takes the place of the C library's recv() in this program and, as the dynamic linker looks here first, in libcurl. It is
/// the same (recv(2): recvfrom() without an address) but for the observer. Another name in C++, as the C library may have
/// recv() as an inline function.
extern "C" [[gnu::visibility("default"), gnu::used]] ssize_t zdt_load_recv(int socket, void* buffer, size_t size,
                                                                          int flags) __asm__("recv");

ssize_t zdt_load_recv(int socket, void* buffer, size_t size, int flags) {
  const ssize_t count = recvfrom(socket, buffer, size, flags, nullptr, nullptr);
  auto* const observer = zdt::load::observer_of_thread;
  if (observer != nullptr && count >= 0 && size > 0 && (flags & MSG_PEEK) == 0) {
    observer->on_receive(socket, static_cast<const char*>(buffer), count);
  }
  return count;
}
