#include "load/outcome.h"

#include <curl/curl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

namespace zdt::load {
namespace {

Ending sent_ending(int code, int error_number = 0) {
  Ending ending;
  ending.code = code;
  ending.error_number = error_number;
  ending.sent = true;
  return ending;
}

TEST(Outcome, EveryOneHasAWordOfItsOwn) {
  std::set<std::string_view> words;
  for (const auto outcome : kOutcomes) words.insert(name_of(outcome));
  EXPECT_EQ(words.size(), kOutcomeCount);
  EXPECT_EQ(name_of(Outcome::kResponseTimeout), "response_timeout");
}

TEST(Outcome, AWholeAnswerIsOkOnlyWithAnExpectedStatus) {
  Ending ending = sent_ending(CURLE_OK);
  EXPECT_EQ(outcome_of(ending), Outcome::kStatus);
  ending.status_expected = true;
  EXPECT_EQ(outcome_of(ending), Outcome::kOk);
}

TEST(Outcome, ATimeoutIsOfTheResolverTheConnectOrTheResponse) {
  Ending ending;
  ending.code = CURLE_OPERATION_TIMEDOUT;
  EXPECT_EQ(outcome_of(ending), Outcome::kConnectTimeout);
  ending.resolved = false;
  EXPECT_EQ(outcome_of(ending), Outcome::kDns);
  EXPECT_EQ(outcome_of(sent_ending(CURLE_OPERATION_TIMEDOUT)), Outcome::kResponseTimeout);
}

TEST(Outcome, ABrokenConnectionIsResetOrClosedByItsErrorNumber) {
  EXPECT_EQ(outcome_of(sent_ending(CURLE_RECV_ERROR, ECONNRESET)), Outcome::kReset);
  EXPECT_EQ(outcome_of(sent_ending(CURLE_SEND_ERROR, EPIPE)), Outcome::kReset);
  EXPECT_EQ(outcome_of(sent_ending(CURLE_RECV_ERROR)), Outcome::kClosed);
  EXPECT_EQ(outcome_of(sent_ending(CURLE_RECV_ERROR, ETIMEDOUT)), Outcome::kResponseTimeout);
}

TEST(Outcome, ARetryIsNeverWhatItsSecondAttemptSays) {
  Ending ending = sent_ending(CURLE_COULDNT_CONNECT);
  ending.retried = true;
  EXPECT_EQ(outcome_of(ending), Outcome::kClosed);
  ending.code = CURLE_ABORTED_BY_CALLBACK;
  ending.error_number = ECONNRESET;
  EXPECT_EQ(outcome_of(ending), Outcome::kReset);
}

TEST(Outcome, WithoutAConnectionItIsRefusedWhateverTheReason) {
  Ending ending;
  ending.code = CURLE_COULDNT_CONNECT;
  for (const int number : {ECONNREFUSED, EHOSTUNREACH, ENETUNREACH}) {
    ending.error_number = number;
    EXPECT_EQ(outcome_of(ending), Outcome::kRefused) << number;
  }
  ending.error_number = ETIMEDOUT;
  EXPECT_EQ(outcome_of(ending), Outcome::kConnectTimeout);
  ending.error_number = ECONNRESET;  // accepted and reset before libcurl looked
  EXPECT_EQ(outcome_of(ending), Outcome::kReset);
}

TEST(Outcome, WhatThisMachineLacksIsNoServersRefusal) {
  for (const int number : {EMFILE, ENFILE, EADDRNOTAVAIL, EAGAIN, ENOBUFS, ENOMEM}) {
    for (const int code : {CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST}) {
      Ending ending;
      ending.code = code;
      ending.error_number = number;
      EXPECT_EQ(outcome_of(ending), Outcome::kLocal) << number << " " << code;
    }
  }
  Ending ending;
  for (const int code : {CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT, CURLE_URL_MALFORMAT}) {
    ending.code = code;
    EXPECT_EQ(outcome_of(ending), Outcome::kLocal) << code;
  }
}

TEST(Outcome, EveryCodeOfLibcurlHasOneAndNoFailureIsASuccess) {
  for (int code = CURLE_OK + 1; code < CURL_LAST; ++code) {
    Ending ending = sent_ending(code);
    ending.status_expected = true;
    EXPECT_NE(outcome_of(ending), Outcome::kOk) << code;
    EXPECT_NE(outcome_of(ending), Outcome::kStatus) << code;
  }
  EXPECT_EQ(outcome_of(sent_ending(CURLE_COULDNT_RESOLVE_HOST)), Outcome::kDns);
  EXPECT_EQ(outcome_of(sent_ending(CURLE_SSL_CONNECT_ERROR)), Outcome::kTls);
  EXPECT_EQ(outcome_of(sent_ending(CURLE_PARTIAL_FILE)), Outcome::kClosed);
  EXPECT_EQ(outcome_of(sent_ending(CURLE_GOT_NOTHING)), Outcome::kClosed);
}

}  // namespace
}  // namespace zdt::load
