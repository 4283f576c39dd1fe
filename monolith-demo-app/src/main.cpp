#include <cstdio>
#include <exception>

#include "config.h"
#include "process.h"

int main(int argc, char** argv) {
  try {
    const monolith::ParsedConfig parsed = monolith::parse_config(argc, argv);
    std::fputs(parsed.help.c_str(), stdout);
    std::fputs(parsed.message.c_str(), stderr);
    return parsed.config ? monolith::run_process(*parsed.config) : parsed.exit_code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "monolith: %s\n", error.what());
    return 1;
  }
}
