// SHA-256 of content that comes in pieces.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace zdt::bundle {

class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  /// 64 lower-case hex digits. Ends the computation.
  std::string hex();

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

/// Whether `text` is 64 lower-case hex digits.
bool is_sha256(std::string_view text);

}  // namespace zdt::bundle
