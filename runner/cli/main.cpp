#include <curl/curl.h>

#include <csignal>

#include "cli/cli.h"
#include "host/descriptors.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  zdt::host::open_standard_streams();
  zdt::host::log_to_stderr();
  zdt::host::raise_descriptor_limit();
  curl_global_init(CURL_GLOBAL_DEFAULT);
  zdt::asio::io_context loop(1);
  auto terminal = zdt::host::real_terminal(loop);
  try {
    auto host = zdt::host::real_host(loop, *terminal);
    return zdt::cli::run_command_line(host, {argv + 1, argv + argc});
  } catch (const std::exception& error) {
    terminal->write_error(std::string("zdt-demo: ") + error.what() + "\n");
    return 3;
  }
}
