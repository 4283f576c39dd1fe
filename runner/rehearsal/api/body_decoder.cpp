#include "rehearsal/api/body_decoder.h"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

namespace zdt::rehearsal::api {
namespace {

/// What takes about 5 ms to parse. Protobuf is read as quickly as JSON.
size_t short_size(Format format) { return format == Format::kYaml ? 16 << 10 : 256 << 10; }

/// A body on its way through the thread. Shared: whoever waits for it may be cancelled.
struct Parsing {
  Parsing(const asio::any_io_executor& loop, Format form, std::string text)
      : format(form), body(std::move(text)), ended(loop) {}
  Format format;
  std::string body;
  json content;
  std::exception_ptr failure;
  bool done = false;
  Condition ended;  // of the loop
};

void parse_aside(Parsing& parsing) {
  try {
    parsing.content = decode(parsing.format, parsing.body);
  } catch (const std::exception&) {
    parsing.failure = std::current_exception();
  }
}

}  // namespace

Task<json> BodyDecoder::decode(Format format, std::string body) {
  if (body.size() <= short_size(format)) co_return api::decode(format, body);
  auto loop = co_await asio::this_coro::executor;
  auto parsing = std::make_shared<Parsing>(loop, format, std::move(body));
  asio::post(thread_, [parsing, loop] {
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 10);  // of this thread alone: the loop goes first
    parse_aside(*parsing);
    asio::post(loop, [parsing] {
      parsing->done = true;
      parsing->ended.notify_all();
    });
  });
  while (!parsing->done) co_await parsing->ended.wait();
  if (parsing->failure) std::rethrow_exception(parsing->failure);
  co_return std::move(parsing->content);
}

}  // namespace zdt::rehearsal::api
