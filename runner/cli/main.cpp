#include <curl/curl.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <csignal>
#include <iostream>

#include "cli/cli.h"
#include "host/descriptors.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  zdt::host::raise_descriptor_limit();
  curl_global_init(CURL_GLOBAL_DEFAULT);
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("zdt-demo", std::make_shared<spdlog::sinks::stderr_sink_mt>()));
  try {
    zdt::asio::io_context loop(1);
    auto terminal = zdt::host::real_terminal(loop);
    auto host = zdt::host::real_host(loop, *terminal);
    return zdt::cli::run_command_line(host, {argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "zdt-demo: " << error.what() << "\n";
    return 3;
  }
}
