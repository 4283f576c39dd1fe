#!/bin/bash
# Where the real program's output goes: a stdout that is full, closed, or without a reader, and reports to what is no file.
#
#   run.sh PROGRAM
#
# Works in a folder of its own, and leaves nothing behind.
set -uo pipefail

program=$1 work=$(mktemp -d) failures=0
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root"
ln -s "$(readlink -f "$(dirname "$0")/../scripts")" "$work/root/scripts"
ln -s "$(readlink -f "$(dirname "$0")/../../setup.lua")" "$work/root/setup.lua"
export ZDT_ROOT=$work/root XDG_STATE_HOME=$work/state HOME=$work NO_COLOR=1
cd "$work" || exit 1

failed() {
  echo "FAILED: $*" >&2
  sed 's/^/  | /' "$work/errors" >&2
  failures=$((failures + 1))
}

# expect CODE SENTENCE COMMAND…: the command's status, and what must be on its stderr ("": nothing about stdout).
expect() {
  local wanted=$1 sentence=$2 status
  shift 2
  "$@" 2>"$work/errors"
  status=$?
  [[ $status == "$wanted" ]] || failed "$* exited $status, want $wanted"
  if [[ -n $sentence ]]; then
    grep -qF -- "$sentence" "$work/errors" || failed "$*: \"$sentence\" is not on stderr"
  else
    ! grep -q 'standard output' "$work/errors" || failed "$*: a reader that left needs no sentence"
  fi
}

to_full() { "$program" "$@" >/dev/full; }
to_closed() { "$program" "$@" >&-; }
to_read_only() { "$program" "$@" 1</dev/null; }
# The reader is gone before anything is written.
to_nobody() {
  mkfifo "$work/pipe"
  exec 7<>"$work/pipe" 8>"$work/pipe" 7>&-
  "$program" "$@" >&8 8>&-
  local status=$?
  exec 8>&-
  rm "$work/pipe"
  return $status
}

commands=("--help" "--version" "run --help" "list" "list --json" "show failed-assertion" "show failed-assertion --json"
  "show failed-assertion --commands" "run failed-assertion" "run failed-assertion -o json" "run failed-assertion -o ndjson"
  "run failed-assertion -o quiet" "cluster status" "cluster status --json" "audit $work/web.yaml" "audit $work/web.yaml -o sarif"
  "load http://127.0.0.1:1/ --requests 1 -o json" "setup --on rehearsal" "setup --on rehearsal --json")
cat >"$work/web.yaml" <<'END'
{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"app": "web"}},
 "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}}}
END

# A `list` of these scripts has one that does not load, which counts more.
for command in "${commands[@]}"; do
  code=3
  [[ $command != list* ]] || code=2
  # shellcheck disable=SC2086 # words of a command line
  {
    expect $code "cannot write to standard output: No space left on device" to_full $command
    expect $code "cannot write to standard output: Bad file descriptor" to_closed $command
    expect $code "cannot write to standard output: Bad file descriptor" to_read_only $command
  }
done
expect 141 "" to_nobody show failed-assertion
expect 1 "" to_nobody run failed-assertion
expect 2 "cannot write to standard output" to_full run raised-error

# Reports to what is no file, as the user who may replace devices.
expect 1 "" bash -c '"$0" run failed-assertion -o quiet --report junit=/dev/fd/1 >out.txt' "$program"
grep -q '<testsuites' out.txt || failed "no JUnit in stdout"
grep -q '^failed-assertion failed' out.txt || failed "no last line in stdout"
expect 1 "" bash -c '"$0" run failed-assertion -o json --report junit=/dev/fd/2' "$program" >/dev/null
grep -q '<testsuites' "$work/errors" || failed "no JUnit in stderr"
mkfifo reports
cat reports >piped.json &
expect 1 "" "$program" run failed-assertion -o quiet --report json=reports >/dev/null
wait
[[ -p reports ]] || failed "a pipe was replaced"
grep -q '"version": 1' piped.json || failed "no JSON through a pipe"
[[ -c /dev/full && -c /dev/null ]] || failed "a device was replaced"
expect 3 "cannot write /dev/full: No space left on device" "$program" run failed-assertion --report junit=/dev/full >/dev/null
expect 2 "there is no folder $work/none" "$program" run failed-assertion -o quiet --report "junit=$work/none/out.xml" >/dev/null

[[ $failures == 0 ]]
