// Which signal stops PID 1.
#include <algorithm>
#include <array>

#include "audit/rule.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

/// Programs whose graceful stop is another signal than SIGTERM, and the official images that set it
/// themselves. https://nginx.org/en/docs/control.html  https://httpd.apache.org/docs/2.4/stopping.html
/// https://www.php.net/manual/en/install.fpm.php  https://docs.haproxy.org/2.8/management.html
struct GracefulSignal {
  std::string_view program, image, signal;
};
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

/// The image's name without registry, folder and tag: nginx of docker.io/library/nginx:1.27.
std::string short_image(const std::string& image) {
  const std::string name = program_name(image);
  return name.substr(0, name.find_first_of(":@"));
}

const GracefulSignal* known_program(const ImageView& image) {
  const Launch* launch = image.launch();
  std::string program = short_image(image.base);
  if (launch != nullptr) {
    const auto words = launch->shell_form ? split(launch->instruction.arguments, ' ') : launch->argv;
    for (const std::string& word : words) {
      if (word != "exec" && !word.empty()) {
        program = program_name(word);
        break;
      }
    }
  }
  const auto found =
      std::find_if(kGracefulSignals.begin(), kGracefulSignals.end(), [&](const GracefulSignal& one) {
        return program == one.program || (launch == nullptr && program == one.image);
      });
  return found == kGracefulSignals.end() ? nullptr : &*found;
}

void report_signal(const ImageView& image, const Report& report, const std::string& wanted, std::string why) {
  const Instruction* said = image.stop_signal ? &*image.stop_signal : nullptr;
  Finding& finding = report.add(object_of(image), "STOPSIGNAL", std::move(why), "STOPSIGNAL " + wanted);
  finding.line = said != nullptr ? said->first : image.last_line;
  finding.edit = said != nullptr ? LineEdit{said->first, said->last, "STOPSIGNAL " + wanted}
                                 : LineEdit{image.last_line + 1, image.last_line, "STOPSIGNAL " + wanted};
}

void check_signal_of_image(const ImageView& image, const Report& report) {
  const GracefulSignal* known = known_program(image);
  const std::string wanted = known != nullptr ? std::string(known->signal) : "SIGTERM";
  const bool official = known != nullptr && short_image(image.base) == known->image;
  const std::string signal = image.stop_signal ? signal_name(image.stop_signal->arguments)
                             : official        ? wanted
                                               : "SIGTERM";
  if (signal == "SIGKILL") {
    report_signal(image, report, wanted,
                  "SIGKILL cannot be handled: every request that is being answered is cut off");
  } else if (known != nullptr && signal != wanted) {
    report_signal(image, report, wanted,
                  fmt::format("{} takes {} for its fast stop: requests that it is answering are cut off",
                              known->program, signal));
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
