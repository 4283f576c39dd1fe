#include "host/loop.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <stdexcept>

#include "host/task.h"

namespace zdt {
namespace {

TEST(GuardedLoop, AnExceptionOfAHandlerDoesNotEndTheLoop) {
  asio::io_context loop;
  int ran = 0;
  asio::post(loop, [] { throw std::runtime_error("broken"); });
  asio::post(loop, [] { throw 5; });
  asio::post(loop, [&] { ++ran; });
  run_guarded(loop);
  EXPECT_EQ(ran, 1);
}

TEST(GuardedLoop, ATimersExceptionLeavesTheOtherTimersRunning) {
  asio::io_context loop;
  int ran = 0;
  asio::steady_timer first(loop, milliseconds(1)), second(loop, milliseconds(2));
  first.async_wait([](boost::system::error_code) { throw std::logic_error("broken"); });
  second.async_wait([&](boost::system::error_code) { ++ran; });
  run_guarded(loop);
  EXPECT_EQ(ran, 1);
}

TEST(Background, WhatItsOnErrorThrowsGoesNoFurther) {
  asio::io_context loop;
  const auto work = []() -> Task<void> {
    throw std::runtime_error("broken");
    co_return;
  };
  const Background task(loop.get_executor(), work(), [](std::exception_ptr) { throw std::logic_error("worse"); });
  EXPECT_NO_THROW(loop.run());
}

TEST(Background, AnExceptionThatIsNoneOfTheStandardsGoesNoFurther) {
  asio::io_context loop;
  const auto work = []() -> Task<void> {
    throw 7;
    co_return;
  };
  const Background task(loop.get_executor(), work());
  EXPECT_NO_THROW(loop.run());
}

}  // namespace
}  // namespace zdt
