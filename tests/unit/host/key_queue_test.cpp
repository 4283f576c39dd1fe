#include "host/key_queue.h"

#include <gtest/gtest.h>

#include <vector>

namespace zdt::host {
namespace {

std::vector<std::string> keys_of(std::string_view bytes) {
  KeyQueue queue;
  queue.add(bytes);
  std::vector<std::string> keys;
  while (auto key = queue.take()) keys.push_back(*key);
  return keys;
}

using Keys = std::vector<std::string>;

TEST(KeyQueue, AllKeysOfOneReadAreKept) { EXPECT_EQ(keys_of("gtwo\n"), (Keys{"g", "t", "w", "o", "\n"})); }

TEST(KeyQueue, ALetterOfSeveralBytesIsOneKey) { EXPECT_EQ(keys_of("ä€😀b"), (Keys{"ä", "€", "😀", "b"})); }

TEST(KeyQueue, AnEscapeSequenceIsOneKey) {
  EXPECT_EQ(keys_of("\x1b[6~b\x1b[1;5DQ\x1bOC\x1b" "b"), (Keys{"\x1b[6~", "b", "\x1b[1;5D", "Q", "\x1bOC", "\x1b" "b"}));
}

TEST(KeyQueue, TheStartOfASequenceWaitsForItsRest) {
  KeyQueue queue;
  queue.add("\x1b[5");
  EXPECT_FALSE(queue.take());
  queue.add("~");
  EXPECT_EQ(queue.take(), "\x1b[5~");
  queue.add("\x1b");
  EXPECT_FALSE(queue.take());
  EXPECT_EQ(queue.take_as_it_is(), "\x1b");
  EXPECT_FALSE(queue.take_as_it_is());
}

}  // namespace
}  // namespace zdt::host
