// A container's log: put aside at its limit, read across its files.
#include <gtest/gtest.h>

#include <fstream>

#include "host/files.h"
#include "rehearsal/node/log_file.h"
#include "unit/host/on_loop.h"

namespace zdt::rehearsal {
namespace {

using zdt::testing::on_loop;
using zdt::testing::run_until;

class LogTest : public ::testing::Test {
 protected:
  std::shared_ptr<LogFile> log_of(size_t limit) {
    auto log = std::make_shared<LogFile>(loop.get_executor(), (folder.path() / "0.log").string(), limit);
    EXPECT_TRUE(log->open());
    return log;
  }
  static void write(LogFile& log, int number, char tag = 'F') {
    log.append(fmt::format("2026-01-01T00:00:00.000000Z stdout {} line {}\n", tag, number));
    log.grown.notify_all();
  }
  std::string read(const std::shared_ptr<LogFile>& log, LogOptions options = {}) {
    auto reader = read_log(log, options);
    std::string all;
    while (reader) {
      auto text = on_loop(loop, (*reader)->next());
      if (!text) break;
      all += *text;
    }
    return all;
  }
  size_t files() const {
    return static_cast<size_t>(std::distance(host::fs::directory_iterator(folder.path()), host::fs::directory_iterator()));
  }
  static std::string lines(int from, int to) {
    std::string all;
    for (int i = from; i < to; ++i) all += fmt::format("line {}\n", i);
    return all;
  }

  asio::io_context loop;
  host::TempDir folder{"zdt-log"};
};

TEST_F(LogTest, IsPutAsideAtItsLimitAndFiveFilesAreKept) {
  auto log = log_of(1000);
  for (int i = 0; i < 1000; ++i) write(*log, i);
  EXPECT_EQ(files(), 5u);
  EXPECT_GT(log->number(), 10u);
  const std::string all = read(log);
  EXPECT_TRUE(all.ends_with("line 999\n"));
  EXPECT_LT(all.size(), 5000u);
  const int first = std::stoi(all.substr(5));
  EXPECT_EQ(all, lines(first, 1000)) << "without a gap";
  log.reset();
  EXPECT_EQ(files(), 1u) << "older files go with the last holder";
}

TEST_F(LogTest, TheTailReachesIntoFilesThatWerePutAside) {
  auto log = log_of(1000);
  for (int i = 0; i < 40; ++i) write(*log, i);
  ASSERT_GT(log->number(), 0u);
  for (int wanted = 0; wanted <= 40; ++wanted) EXPECT_EQ(read(log, {.tail_lines = wanted}), lines(40 - wanted, 40)) << wanted;
  EXPECT_EQ(read(log, {.tail_lines = INT64_MAX}), lines(0, 40));
  EXPECT_EQ(read(log, {.tail_lines = 10, .limit_bytes = 9}), "line 30\nl");
}

TEST_F(LogTest, ALineOfManyRecordsIsOneLineToItsTail) {
  auto log = log_of(1 << 20);
  write(*log, 0);
  for (int i = 1; i <= 5000; ++i) write(*log, i, i < 5000 ? 'P' : 'F');
  write(*log, 5001);
  EXPECT_EQ(read(log, {.tail_lines = 1}), "line 5001\n");
  EXPECT_TRUE(read(log, {.tail_lines = 2}).starts_with("line 1line 2line 3"));
  EXPECT_TRUE(read(log, {.tail_lines = 3}).starts_with("line 0\nline 1line 2"));
}

TEST_F(LogTest, WhoFollowsGoesOnWhenItIsPutAside) {
  auto log = log_of(1000);
  log->open_pumps = 1;
  auto reader = read_log(log, {.follow = true});
  ASSERT_TRUE(reader);
  std::string seen;
  bool ended = false;
  const auto follow = [&]() -> Task<void> {
    while (auto text = co_await (*reader)->next()) seen += *text;
    ended = true;
  };
  asio::co_spawn(loop, follow(), asio::detached);
  for (int i = 0; i < 200; ++i) {
    write(*log, i);
    if (i % 5 == 0) loop.poll(), loop.restart();
  }
  log->open_pumps = 0;
  log->grown.notify_all();
  run_until(loop, [&] { return ended; });
  EXPECT_EQ(seen, lines(0, 200));
}

TEST_F(LogTest, WhoIsFiveFilesBehindMissesWhatIsGoneAndEnds) {
  auto log = log_of(1000);
  write(*log, 0);
  auto reader = read_log(log, {});
  ASSERT_TRUE(reader);
  EXPECT_EQ(on_loop(loop, (*reader)->next()), lines(0, 1));
  for (int i = 1; i < 1000; ++i) write(*log, i);
  std::string rest;
  while (auto text = on_loop(loop, (*reader)->next())) rest += *text;
  EXPECT_TRUE(rest.ends_with("line 999\n"));
}

}  // namespace
}  // namespace zdt::rehearsal
