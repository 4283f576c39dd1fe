#include "base/ascii.h"

#include <gtest/gtest.h>

namespace zdt {

TEST(Ascii, SignsBecomeWhatTheyLookLike) {
  EXPECT_EQ(to_ascii("▸ [1/3] One · ✔ done → next…"), "> [1/3] One | + done -> next...");
  EXPECT_EQ(to_ascii("├──□ web"), "|--o web");
}

TEST(Ascii, OtherCharactersAreOneQuestionMarkEach) {
  EXPECT_EQ(to_ascii("Zürich 😀"), "Z?rich ?");
  EXPECT_EQ(to_ascii("\xff\x80 a"), "? a");
  EXPECT_EQ(to_ascii("plain\n\t\x1b[1m"), "plain\n\t\x1b[1m");
}

TEST(Ascii, TheFirstVariableThatIsSetDecides) {
  EXPECT_TRUE(shows_utf8({{"LANG", "en_US.UTF-8"}}));
  EXPECT_FALSE(shows_utf8({{"LC_ALL", "C"}, {"LANG", "en_US.UTF-8"}}));
  EXPECT_TRUE(shows_utf8({{"LC_ALL", ""}, {"LC_CTYPE", "C.utf8"}}));
  EXPECT_FALSE(shows_utf8({}));
}

}  // namespace zdt
