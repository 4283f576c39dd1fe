// setup.lua against tools that are stand-ins, and what is made of what they say.
#include "script/prerequisites.h"

#include "script/data_file.h"
#include "script/tool_check.h"
#include "unit/script/script_world.h"

namespace zdt::script {
namespace {

class Prerequisite : public ScriptTest {
 protected:
  Prerequisite() { host.root = ZDT_SOURCE; }

  /// A program in our own tools that prints this, and ends with `code`.
  void stand_in(const std::string& name, const std::string& output, int code = 0) {
    const std::string program = fmt::format("#!/bin/sh\ncat <<'EOF'\n{}\nEOF\nexit {}\n", output, code);
    ASSERT_TRUE(host::write_file(host.tools / "bin" / name, program, 0755));
  }
  void docker_stand_in(const std::string& info, int code = 0) {
    const std::string program = "#!/bin/sh\nif [ \"$1\" = info ]; then cat <<'EOF'\n" + info +
                                "\nEOF\nexit " + std::to_string(code) +
                                "; fi\necho 'Docker version 28.2.2, build e6534b4'\n";
    ASSERT_TRUE(host::write_file(host.tools / "bin/docker", program, 0755));
  }
  CheckUp check(const std::string& on) {
    auto checked = await(check_tools(world, on, true));
    if (!checked) throw std::runtime_error(checked.error().what);
    return std::move(*checked);
  }
  static Finding finding(const CheckUp& checked, const std::string& tool) {
    for (const Finding& one : checked.findings) {
      if (one.tool == tool) return one;
    }
    throw std::runtime_error("no " + tool);
  }

  World world{host, nullptr};
};

TEST_F(Prerequisite, VersionsAreReadFromWhatTheToolsReallyPrint) {
  const std::vector<std::tuple<std::string, std::string, std::string>> table{
      {"kubectl", "Client Version: v1.33.5\nKustomize Version: v5.6.0", "1.33.5"},
      {"kind", "kind v0.33.0 go1.26.1 linux/amd64", "0.33.0"},
      {"helm", "v3.18.6+gb76a950", "3.18.6"},
      {"envoy", "envoy  version: 9e5580933739775e8bce696a57a2e1bc99368f23/1.40.0/Clean/RELEASE/BoringSSL",
       "1.40.0"},
      {"crun", "crun version 1.8.1\ncommit: f8a096be060b22ccd3d5f3ebe44108517fbf6c30", "1.8.1"},
      {"nft", "nftables v1.0.6 (Lester Gooch #5)", "1.0.6"},
      {"dnsmasq", "Dnsmasq version 2.90  Copyright (c) 2000-2024 Simon Kelley", "2.90"},
      {"prometheus", "prometheus, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0+ds-5+b5)",
       "2.42.0"},
      {"nginx", "nginx version: nginx/1.22.1", "1.22.1"},
      {"siege", "SIEGE 4.0.7\n\nCopyright (C) 2021 by Jeffrey Fulmer, et al.", "4.0.7"},
      {"k6", "k6 v1.3.0 (commit/5870e99ae8, go1.25.1, linux/amd64)", "1.3.0"},
      {"grafana", "grafana version 12.1.1", "12.1.1"},
  };
  docker_stand_in(R"({"ServerVersion":"28.2.2"})");
  for (const auto& [name, output, version] : table) stand_in(name, output);
  const CheckUp checked = check("kind");
  EXPECT_EQ(finding(checked, "docker").found, "28.2.2");
  for (const auto& [name, output, version] : table) {
    EXPECT_EQ(finding(checked, name).found, version) << name;
    EXPECT_EQ(finding(checked, name).verdict, "ok") << name;
  }
  EXPECT_FALSE(checked.blocked());
}

TEST_F(Prerequisite, OldAndSilentToolsAreTold) {
  docker_stand_in("{}");
  stand_in("kind", "kind v0.19.0 go1.20 linux/amd64");
  stand_in("helm", "version.BuildInfo{}");
  stand_in("kubectl", "Client Version: v1.33.5");
  const CheckUp checked = check("kind");
  EXPECT_EQ(finding(checked, "kind").verdict, "too-old");
  EXPECT_TRUE(finding(checked, "kind").blocks);
  EXPECT_NE(finding(checked, "kind").hint, "");
  EXPECT_EQ(finding(checked, "helm").verdict, "warning");
  EXPECT_FALSE(finding(checked, "helm").blocks);
  EXPECT_FALSE(check("rehearsal").findings.empty());
  EXPECT_FALSE(finding(check("rehearsal"), "kind").blocks) << "the rehearsal cluster needs no kind";
}

// A docker of 23 or newer without the package of buildx builds all the same, by its legacy builder.
TEST_F(Prerequisite, ADockerWithoutBuildxIsToldWithWhatToDoAndRefusesNothing) {
  const auto docker = [this](const std::string& buildx) {
    ASSERT_TRUE(host::write_file(host.tools / "bin/docker", "#!/bin/sh\ncase $1 in buildx) " + buildx + ";; info) echo '{}';; *) echo 'Docker version 29.1.3, build x';; esac\n", 0755));
  };
  docker("echo \"docker: 'buildx' is not a docker command. See v9.9\" >&2; exit 1");
  Finding found = finding(check("kind"), "docker-buildx");
  EXPECT_EQ(found.verdict, "warning");
  EXPECT_FALSE(found.blocks);
  EXPECT_NE(found.hint.find("docker has no buildx"), std::string::npos) << found.hint;
  EXPECT_NE(found.hint.find("install docker-buildx"), std::string::npos) << found.hint;
  docker("echo 'github.com/docker/buildx v0.30.1 9e66234'");
  found = finding(check("kind"), "docker-buildx");
  EXPECT_EQ(found.verdict, "ok");
  EXPECT_EQ(found.found, "0.30.1");
  EXPECT_EQ(finding(check("rehearsal"), "docker-buildx").blocks, false);
}

TEST_F(Prerequisite, ADaemonThatDoesNotAnswerIsNotDocker) {
  for (const auto& [info, code] : std::vector<std::pair<std::string, int>>{
           {"Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon "
            "running?",
            1},
           {R"({"ServerErrors":["Cannot connect to the Docker daemon"]})", 0}}) {
    docker_stand_in(info, code);
    const Finding docker = finding(check("kind"), "docker");
    EXPECT_EQ(docker.verdict, "not-answering");
    EXPECT_TRUE(docker.blocks);
    EXPECT_NE(docker.hint.find("start it"), std::string::npos) << docker.hint;
  }
}

TEST_F(Prerequisite, ATimeoutIsNotWaitedFor) {
  ASSERT_TRUE(host::write_file(
      host.tools / "bin/docker",
      "#!/bin/sh\n[ \"$1\" = info ] && exec sleep 60\necho 'Docker version 28.2.2,'\n", 0755));
  auto checked = await(check_tools(world, "kind", true, milliseconds(300)));
  const Finding docker = finding(*checked, "docker");
  EXPECT_EQ(docker.verdict, "not-answering");
  EXPECT_NE(docker.hint.find("within 300 ms"), std::string::npos) << docker.hint;
}

TEST_F(Prerequisite, ColimaAndRootlessDockerAreRecognised) {
  for (const auto& [info, flavour] : std::vector<std::pair<std::string, std::string>>{
           {R"({"Name":"colima","NCPU":2,"MemTotal":2000000000})", "colima"},
           {R"({"ClientInfo":{"Context":"colima-work"}})", "colima"},
           {R"({"SecurityOptions":["name=seccomp,profile=builtin","name=rootless","name=cgroupns"]})",
            "rootless"},
           {R"({"OperatingSystem":"Docker Desktop"})", "desktop"},
           {R"({"OperatingSystem":"Debian GNU/Linux 12"})", ""}}) {
    EXPECT_EQ(docker_flavour(json::parse(info)), flavour) << info;
  }
  docker_stand_in(R"({"Name":"colima","NCPU":2,"MemTotal":2000000000})");
  const CheckUp checked = check("kind");
  EXPECT_EQ(finding(checked, "docker").found, "28.2.2 (colima)");
  EXPECT_EQ(finding(checked, "CPUs").found, "2") << "of the virtual machine";
  EXPECT_EQ(finding(checked, "CPUs").hint, "colima stop && colima start --cpu 4");
  EXPECT_EQ(finding(checked, "memory").verdict, "warning");
}

TEST_F(Prerequisite, VersionsCompareByNumbers) {
  for (const auto& [a, b, want] :
       std::vector<std::tuple<std::string, std::string, int>>{{"1.27", "1.27", 0},
                                                              {"1.27.0", "1.27", 0},
                                                              {"v1.33.5", "1.27", 1},
                                                              {"1.9", "1.27", -1},
                                                              {"0.20.0-alpha", "0.20", 0},
                                                              {"3", "3.18", -1},
                                                              {"20.10.24+dfsg1", "20.10", 1},
                                                              {"1.30.2+k3s1", "1.30.3", -1}}) {
    const int got = compare_versions(a, b);
    EXPECT_EQ((got > 0) - (got < 0), want) << a << " " << b;
  }
}

TEST_F(Prerequisite, TheMachineIsAdvisedNeverRefused) {
  Prerequisites wanted;
  wanted.cpus = 4, wanted.memory_gib = 8, wanted.disk_gib = 10;
  const auto verdicts = [&](int64_t cpus, double memory_gib, double disk_gib) {
    std::string text;
    for (const Finding& one : judge_machine(
             {cpus, static_cast<int64_t>(memory_gib * (1 << 30)), static_cast<int64_t>(disk_gib * (1 << 30))},
             wanted, "")) {
      EXPECT_FALSE(one.blocks);
      text += one.verdict + " ";
    }
    return text;
  };
  EXPECT_EQ(verdicts(4, 7.7, 10), "ok ok ok ");
  EXPECT_EQ(verdicts(2, 7.5, 9.9), "warning warning warning ");
}

TEST_F(Prerequisite, SystemsAreKnownByTheirOwnWords) {
  EXPECT_EQ(system_from("ID=debian\nVERSION_ID=\"12\"\n"), "debian");
  EXPECT_EQ(system_from("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), "debian");
  EXPECT_EQ(system_from("ID=rocky\nID_LIKE=\"rhel centos fedora\"\n"), "fedora");
  EXPECT_EQ(system_from("ID=arch\n"), "other");
}

TEST_F(Prerequisite, AWrongDeclarationIsASentence) {
  for (const auto& [field, value] :
       std::vector<std::pair<std::string, json>>{{"nmae", "x"},
                                                 {"get", json::object()},
                                                 {"pattern", ""},
                                                 {"download", {{"url", "http://x"}}},
                                                 {"name", ""}}) {
    json tool{
        {"name", "x"}, {"needed", "1"}, {"version", {"-v"}}, {"pattern", "(%d)"}, {"get", {{"debian", "y"}}}};
    tool[field] = value;
    auto parsed = prerequisites_from({{"tools", json::array({tool})}});
    ASSERT_FALSE(parsed) << field;
    EXPECT_TRUE(holds(parsed.error().what, "setup.lua: "));
  }
  EXPECT_FALSE(prerequisites_from(json::object()));
}

TEST_F(Prerequisite, ScriptsAskForTheirOwnTarget) {
  host.root = folder.path() / "root";
  ASSERT_TRUE(host::write_file(host.root / "setup.lua",
                               "return { tools = { { name = 'never-there', needed_for = { 'kind' }, get = { "
                               "debian = 'build it' } } } }"));
  EXPECT_EQ(failure_of("local row = zdt.tools.check('kind')[1] zdt.observe('row', row)"), "");
  EXPECT_EQ(observed("row")["verdict"], "missing");
  EXPECT_EQ(observed("row")["blocks"], true);
  EXPECT_EQ(observed("row")["hint"], "build it");
  EXPECT_EQ(failure_of("zdt.observe('first', zdt.tools.check()[1].tool)"), "");
  EXPECT_EQ(observed("first"), "CPUs") << "the target is called fake, which needs none";
}

}  // namespace
TEST_F(Prerequisite, TheRehearsalClusterNeedsRootAndSaysSo) {
  constexpr uint64_t kAll = ~uint64_t{0}, kNoSysAdmin = kAll & ~(uint64_t{1} << 21);
  EXPECT_EQ(judge_privileges({0, kAll}, "rehearsal").verdict, "ok");
  const Finding user = judge_privileges({1000, 0}, "rehearsal");
  EXPECT_EQ(user.verdict, "missing");
  EXPECT_TRUE(user.blocks);
  EXPECT_EQ(user.found, "uid 1000");
  EXPECT_EQ(user.hint, "sudo ./zdt-demo …: the rehearsal cluster makes namespaces, mounts and nftables rules");
  const Finding container = judge_privileges({0, kNoSysAdmin}, "rehearsal");
  EXPECT_TRUE(container.blocks);
  EXPECT_EQ(container.found, "without CAP_SYS_ADMIN");
  EXPECT_FALSE(judge_privileges({1000, 0}, "kind").blocks);
}

}  // namespace zdt::script
