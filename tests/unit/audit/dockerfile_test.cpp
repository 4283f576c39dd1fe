// Dockerfiles: what PID 1 is, which signal stops it, and what --fix makes of them.
#include "audit/dockerfile.h"

#include <random>

#include "audit/fixes.h"
#include "unit/audit/audit_world.h"

namespace zdt::audit {
namespace {

using namespace testing;

Input file_of(std::string text) {
  Input input;
  input.dockerfiles.push_back({"Dockerfile", std::move(text)});
  return input;
}

struct Case {
  std::string_view text;
  std::string_view finds;  ///< "rule:line" with commas
  std::string_view fixed;  ///< the last instruction after the fix; "": as it was
};

std::string short_form(const std::vector<Finding>& findings) {
  Words words;
  for (const Finding& finding : findings) words.push_back(fmt::format("{}:{}", finding.rule, finding.line));
  return join(words, ",");
}

TEST(Dockerfile, FaultsAreFoundAndFixed) {
  for (const Case& one : std::vector<Case>{
           {"FROM a\nENTRYPOINT [\"/app\"]", "", ""},
           {"FROM a", "", ""},
           {"FROM a\nENTRYPOINT /app --port 80", "entrypoint-shell:2",
            R"(ENTRYPOINT ["/app","--port","80"])"},
           {"FROM a\nCMD java $OPTS -jar a.jar", "entrypoint-shell:2",
            R"(CMD ["/bin/sh","-c","exec java $OPTS -jar a.jar"])"},
           {"FROM a\nENTRYPOINT exec /app $X", "", ""},
           {"FROM a\nENTRYPOINT cd /x && ./app", "entrypoint-shell:2", ""},
           {"FROM a\nCMD [\"sh\", \"-c\", \"node $X app.js\"]", "entrypoint-shell:2",
            R"(CMD ["sh","-c","exec node $X app.js"])"},
           {"FROM a\nCMD [\"sh\", \"-c\", \"exec node app.js\"]", "", ""},
           {"FROM a\nENTRYPOINT [\"/tini\", \"--\"]\nCMD app", "", ""},
           {"FROM a\nCMD ['/app']", "entrypoint-shell:2", ""},
           {"# escape=`\nFROM a\nENTRYPOINT /app `\n # why\n  -x", "entrypoint-shell:3",
            R"(ENTRYPOINT ["/app","-x"])"},
           {"FROM a\nRUN <<END\nENTRYPOINT /app\nEND\nENTRYPOINT [\"/app\"]", "", ""},
           {"FROM a AS build\nENTRYPOINT /app\nFROM b\nCOPY --from=build /x /x", "", ""},
           {"FROM a AS base\nENTRYPOINT /app\nFROM base\nRUN true", "entrypoint-shell:2", "RUN true"},
           {"FROM debian\nRUN apt-get install nginx\nCMD [\"nginx\", \"-g\", \"daemon off;\"]",
            "stop-signal:3", "STOPSIGNAL SIGQUIT"},
           {"FROM debian\nSTOPSIGNAL 3\nCMD [\"/usr/sbin/nginx\"]", "", ""},
           {"FROM nginx:1.27", "", ""},
           {"FROM docker.io/library/nginx:1.27\nSTOPSIGNAL SIGTERM", "stop-signal:2", "STOPSIGNAL SIGQUIT"},
           {"FROM a\nENTRYPOINT [\"/app\"]\nSTOPSIGNAL KILL", "stop-signal:3", "STOPSIGNAL SIGTERM"},
           {"FROM a\nCMD NODE_ENV=production node server.js --port $PORT", "entrypoint-shell:2",
            R"(CMD ["/bin/sh","-c","NODE_ENV=production exec node server.js --port $PORT"])"},
           {"FROM python:3.13-alpine\nCMD [\"sh\", \"-c\", \"gunicorn app:app --bind :$PORT\"]", "", ""},
           {"FROM a\nENTRYPOINT [\"sh\", \"-c\"]\nCMD [\"migrate; serve\"]", "entrypoint-shell:3", ""},
           {"FROM debian:12\nCMD sh /serve.sh", "entrypoint-shell:2", ""},
           {"FROM nginxinc/nginx-unprivileged:1.27\nCMD [\"nginx\", \"-g\", \"daemon off;\"]", "", ""},
           {"FROM debian:12\nENTRYPOINT [\"/docker-entrypoint.sh\"]\nCMD [\"haproxy\", \"-f\", \"/h.cfg\"]", "stop-signal:3",
            "STOPSIGNAL SIGUSR1"},
           {"FROM debian:12\nENTRYPOINT [\"tini\", \"--\", \"nginx\"]", "stop-signal:2", "STOPSIGNAL SIGQUIT"},
           {"FROM a\nCMD php-fpm\n", "entrypoint-shell:2,stop-signal:2", R"(CMD ["php-fpm"])"},
       }) {
    const Input input = file_of(std::string(one.text));
    EXPECT_EQ(short_form(audit(input, {})), one.finds) << one.text;
    const Fixes fixes = make_fixes(input, {}, Level::kWarning);
    for (const Finding& finding : fixes.left) EXPECT_FALSE(finding.fixable()) << one.text;
    if (one.fixed.empty()) {
      EXPECT_EQ(fixes.dockerfiles[0].text, one.text);
    } else {
      EXPECT_NE(fixes.dockerfiles[0].text.find(one.fixed), std::string::npos) << fixes.dockerfiles[0].text;
      EXPECT_TRUE(fixes.left.empty()) << fixes.dockerfiles[0].text;
    }
  }
}

TEST(Dockerfile, TheProjectsOwnHasNoFault) {
  std::ifstream file(ZDT_SOURCE "/monolith-demo-app/Dockerfile");
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(instructions_of(text.str()).empty());
  EXPECT_EQ(short_form(audit(file_of(text.str()), {})), "");
}

TEST(Dockerfile, AnyTextIsReadWithinItsLinesAndAFixEndsItsFinding) {
  std::mt19937 random(20240805);
  constexpr std::string_view kParts[] = {"FROM a",
                                         "FROM ",
                                         " AS b",
                                         "\n",
                                         "\n",
                                         "\\\n",
                                         "ENTRYPOINT ",
                                         "CMD ",
                                         "cmd",
                                         "STOPSIGNAL ",
                                         "9",
                                         "SIGQUIT",
                                         "[\"",
                                         "\"]",
                                         "\",\"",
                                         "sh",
                                         "-c",
                                         "exec ",
                                         "nginx",
                                         "/app $X",
                                         "&&",
                                         "RUN <<END",
                                         "<<",
                                         "END",
                                         "# escape=`",
                                         "`\n",
                                         "#",
                                         "\"",
                                         "'",
                                         "\t",
                                         std::string_view("\0", 1),
                                         "\xff\xfe",
                                         "{",
                                         "]",
                                         "ONBUILD",
                                         "COPY <<-\"A\" <<B",
                                         "A",
                                         "B"};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (size_t count = random() % 24; count > 0; --count) text += kParts[random() % std::size(kParts)];
    const int lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
    int last = 0;
    for (const Instruction& instruction : instructions_of(text)) {
      EXPECT_GT(instruction.first, last) << text;
      EXPECT_GE(instruction.last, instruction.first) << text;
      last = instruction.last;
    }
    EXPECT_LE(last, lines) << text;
    const Input input = file_of(text);
    for (const Finding& finding : make_fixes(input, {}, Level::kNote).left)
      EXPECT_FALSE(finding.fixable()) << text;
  }
}

}  // namespace
}  // namespace zdt::audit
