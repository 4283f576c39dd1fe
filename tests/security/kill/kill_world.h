// Random moments, and the scripts beside this file.
#pragma once
#include <random>

#include "e2e/fixture.h"

namespace zdt::e2e {

/// ZDT_KILLS  how many of each kind, 20 by default.   ZDT_SEED  repeats a test that has printed its seed.
class KillWorld : public Demo {
 protected:
  void SetUp() override {
    Demo::SetUp();
    if (IsSkipped()) return;
    host::fs::create_directory(state() / "root");
    host::fs::create_directory_symlink(ZDT_SOURCE "/tests/security/kill/scripts", state() / "root/scripts");
    host::fs::create_directory_symlink(ZDT_SOURCE "/manifests", state() / "root/manifests");
    use_root(state() / "root");
    std::cout << "ZDT_SEED=" << seed_ << " ZDT_KILLS=" << kills() << "\n";
  }

  static int kills() { return number("ZDT_KILLS", 20); }
  milliseconds moment(milliseconds until) {
    return milliseconds(std::uniform_int_distribution<int64_t>(0, until.count())(random_));
  }

  /// Starts `zdt-demo arguments…`, and sends it SIGKILL after so long. False when it had ended by itself.
  bool killed_after(std::vector<std::string> arguments, milliseconds patience) {
    arguments.insert(arguments.begin(), ZDT_BINARY);
    asio::io_context loop;
    auto child = host::Child::start(loop.get_executor(), command(std::move(arguments)));
    if (!child) throw std::runtime_error(child.error().what);
    host::Exit exit;
    asio::co_spawn(loop, child->wait(), [&exit](std::exception_ptr, host::Exit ended) { exit = std::move(ended); });
    loop.run_for(patience);
    if (!child->running()) return false;
    child->signal(SIGKILL);
    loop.restart();
    loop.run();
    return exit.signal == SIGKILL;
  }

  /// Waits until it holds, at most a minute.
  static bool eventually(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!holds()) {
      if (std::chrono::steady_clock::now() >= end) return false;
      usleep(20'000);
    }
    return true;
  }

 private:
  static int number(const char* variable, int otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::atoi(text);
  }
  int seed_ = number("ZDT_SEED", static_cast<int>(std::random_device()() % 1'000'000));
  std::mt19937 random_{static_cast<std::mt19937::result_type>(seed_)};
};

}  // namespace zdt::e2e
