// One exchange of the client, as libcurl sees it: its options, its callbacks, its end.
#pragma once
#include <curl/curl.h>

#include <exception>

#include "http/client.h"

namespace zdt::http {

/// libcurl's callbacks get a pointer to it, so it never moves.
struct Transfer {
  Transfer(const asio::any_io_executor& executor, Request r) : request(std::move(r)), ended(executor) {}

  /// False: the transfer is to stand still until the pipe has room.
  bool offer(std::string_view piece) { return request.pipe->offer(piece); }

  Request request;
  Response response;
  Condition ended;
  bool done = false;
  bool stopped_by_reader = false;
  bool headers_given = false;
  CURLcode result = CURLE_OK;
  std::exception_ptr callback_failure;
  char reason[CURL_ERROR_SIZE] = "";
};

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListDeleter>;

/// The body's handle comes first, so that on_data can know the status.
struct BodySink {
  CURL* handle;
  Transfer* transfer;
};

/// A request as libcurl wants it. Lists must outlive the exchange.
struct Lists {
  List headers, connect_to;
};

/// All but `handle` is filled in or pointed to, and must stay where it is until the exchange has ended.
void set_options(CURL* handle, Transfer& transfer, BodySink& sink, Lists& lists);

/// Takes the status over, and gives it to the request's on_headers, once.
void give_headers(CURL* handle, Transfer& transfer);

/// Why the transfer failed: kTimeout, kInvalid (the body is over its limit), kEnvironment.
Error error_from(const Transfer& transfer);

}  // namespace zdt::http
