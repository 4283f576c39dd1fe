// So many bytes for all who share them, so that many peers together take no more memory than that.
#pragma once
#include <cstddef>

namespace zdt::http {

/// One loop.
class Budget {
 public:
  explicit Budget(size_t bytes) : left_(bytes) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;
  size_t left() const { return left_; }

  /// What one of them has taken; given back with the object. The budget must outlive it.
  class Share {
   public:
    explicit Share(Budget& budget) : budget_(budget) {}
    ~Share() { budget_.left_ += taken_; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    /// False, and nothing taken, when so much is not left.
    bool take(size_t bytes) {
      if (bytes > budget_.left_) return false;
      budget_.left_ -= bytes;
      taken_ += bytes;
      return true;
    }

   private:
    Budget& budget_;
    size_t taken_ = 0;
  };

 private:
  size_t left_;
};

}  // namespace zdt::http
