// Which signal stops PID 1.
#include <algorithm>
#include <array>

#include "audit/image_name.h"
#include "audit/rule.h"
#include "audit/shell.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

/// Programs whose graceful stop is another signal than SIGTERM, and the official images that set it
/// themselves. https://nginx.org/en/docs/control.html  https://httpd.apache.org/docs/2.4/stopping.html
/// https://www.php.net/manual/en/install.fpm.php  https://docs.haproxy.org/2.8/management.html
struct GracefulSignal {
  std::string_view program, image, signal;
};

/// Images that are made of them and say the same in their own Dockerfiles.
/// https://github.com/nginx/docker-nginx-unprivileged  https://github.com/openresty/docker-openresty
struct Derivative {
  std::string_view image, signal;
};
constexpr std::array<Derivative, 3> kDerivatives{{{"nginxinc/nginx-unprivileged", "SIGQUIT"},
                                                  {"nginx/nginx-unprivileged", "SIGQUIT"},
                                                  {"openresty/openresty", "SIGQUIT"}}};
constexpr std::array<GracefulSignal, 6> kGracefulSignals{{{"nginx", "nginx", "SIGQUIT"},
                                                          {"httpd", "httpd", "SIGWINCH"},
                                                          {"apache2", "httpd", "SIGWINCH"},
                                                          {"apachectl", "httpd", "SIGWINCH"},
                                                          {"php-fpm", "php", "SIGQUIT"},
                                                          {"haproxy", "haproxy", "SIGUSR1"}}};

/// "SIGQUIT" for SIGQUIT, QUIT, quit and 3.
std::string signal_name(const std::string& text) {
  static const std::map<std::string, std::string> kNumbers{
      {"1", "SIGHUP"},   {"2", "SIGINT"},   {"3", "SIGQUIT"},  {"9", "SIGKILL"},
      {"10", "SIGUSR1"}, {"12", "SIGUSR2"}, {"15", "SIGTERM"}, {"28", "SIGWINCH"}};
  std::string name = trim(text);
  std::erase(name, '"');
  if (kNumbers.contains(name)) return kNumbers.at(name);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  return name.starts_with("SIG") ? name : "SIG" + name;
}

/// What the base image is known to set; nothing when it is not known. Distributions set none, which is SIGTERM.
std::optional<std::string> signal_of_base(const std::string& base) {
  for (const GracefulSignal& one : kGracefulSignals) {
    if (is_repository(base, one.image)) return std::string(one.signal);
  }
  for (const Derivative& one : kDerivatives) {
    if (is_repository(base, one.image)) return std::string(one.signal);
  }
  return is_bare_image(base) ? std::optional<std::string>("SIGTERM") : std::nullopt;
}

/// The programs that an instruction may end as: of `sh -c SCRIPT` the last command's, else its own behind tini and its like.
std::string program_of(const Launch& launch) {
  std::vector<std::string> words = launch.argv;
  std::string script = launch.instruction.arguments;
  if (!launch.shell_form) {
    const size_t at = shell::script_index(words, shell::unwrapped(words).program);
    script = at > 0 ? words[at] : "";
  }
  const auto commands = script.empty() ? std::vector<shell::Command>{} : shell::commands_of(script);
  if (!commands.empty()) words = commands.back().words;
  const size_t program = shell::unwrapped(words).program;
  return program < words.size() ? program_name(words[program]) : "";
}

const GracefulSignal* known_by_name(const std::string& program) {
  const auto found = std::find_if(kGracefulSignals.begin(), kGracefulSignals.end(),
                                  [&](const GracefulSignal& one) { return program == one.program; });
  return found == kGracefulSignals.end() ? nullptr : &*found;
}

/// A script in the image that starts what it is given, by the convention of the official images.
bool hands_on(const std::string& program) {
  return program.ends_with(".sh") || program.find("entrypoint") != std::string::npos;
}

/// The server that the image runs. `by_script`: as far as an entrypoint's script starts what CMD says.
struct Server {
  const GracefulSignal* signal = nullptr;
  std::string by_script;
};

Server server_of(const ImageView& image) {
  const Launch* launch = image.launch();
  if (launch == nullptr) {
    for (const GracefulSignal& one : kGracefulSignals) {
      if (is_repository(image.base, one.image)) return {&one, ""};
    }
    return {};
  }
  const std::string program = program_of(*launch);
  const bool given = image.entrypoint && !image.entrypoint->shell_form && image.command;
  if (program.empty() && given) return {known_by_name(program_of(*image.command)), ""};
  if (given && hands_on(program)) return {known_by_name(program_of(*image.command)), program};
  return {known_by_name(program), ""};
}

void report_signal(const ImageView& image, const Report& report, const std::string& wanted, std::string why) {
  const Instruction* said = image.stop_signal ? &*image.stop_signal : nullptr;
  Finding& finding = report.add(object_of(image), "STOPSIGNAL", std::move(why), "STOPSIGNAL " + wanted);
  finding.line = said != nullptr ? said->first : image.last_line;
  finding.edit = said != nullptr ? LineEdit{said->first, said->last, "STOPSIGNAL " + wanted}
                                 : LineEdit{image.last_line + 1, image.last_line, "STOPSIGNAL " + wanted};
}

void check_signal_of_image(const ImageView& image, const Report& report) {
  const Server server = server_of(image);
  const std::string wanted = server.signal != nullptr ? std::string(server.signal->signal) : "SIGTERM";
  const auto inherited = signal_of_base(image.base);
  const std::string signal = image.stop_signal ? signal_name(image.stop_signal->arguments) : inherited.value_or("SIGTERM");
  if (signal == "SIGKILL") {
    report_signal(image, report, wanted,
                  "SIGKILL cannot be handled: every request that is being answered is cut off");
  } else if (server.signal != nullptr && signal != wanted) {
    std::string why = fmt::format("{} takes {} for its fast stop: requests that it is answering are cut off", server.signal->program, signal);
    if (!server.by_script.empty()) why += fmt::format(", if {} starts it as PID 1", server.by_script);
    if (!image.stop_signal && !inherited) why += fmt::format(", unless {} sets another STOPSIGNAL", image.base);
    report_signal(image, report, wanted, std::move(why));
  }
}

}  // namespace

void check_stop_signal(const Facts& facts, const Report& report) {
  for (const ImageView& image : facts.images) check_signal_of_image(image, report);
  for (const Workload& workload : facts.set.workloads()) {
    for (const Container& container : workload.containers) {
      const std::string signal = string_at(*container.spec, {"lifecycle", "stopSignal"});
      if (signal.empty() || signal_name(signal) != "SIGKILL") continue;
      Finding& finding = report.add(
          workload, container.path + "/lifecycle/stopSignal",
          fmt::format("SIGKILL cannot be handled: every request that container {} is answering is cut off",
                      container.name()),
          "SIGTERM, or the program's own graceful signal");
      finding.patch = json::array({{{"op", "remove"}, {"path", finding.path}}});
    }
  }
}

}  // namespace zdt::audit
