#!/bin/bash
# Runs one of the scripts here through the real program, and compares how it ended.
#
#   run.sh PROGRAM NAME EXIT TEXT...    EXIT: the expected status; TEXT: each must be in the output
#
# The script that logs "waiting" is sent one SIGINT then. A journal must be there, of whole lines that end with run-finished,
# unless NAME did not even load. Works in a folder of its own, and leaves nothing behind.
set -uo pipefail

program=$1 name=$2 expected=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root"
ln -s "$(readlink -f "$(dirname "$0")")" "$work/root/scripts"
export ZDT_ROOT=$work/root XDG_STATE_HOME=$work/state HOME=$work NO_COLOR=1

fail() {
  echo "$name: $*" >&2
  sed 's/^/  | /' "$work/output" >&2
  exit 1
}

# Interrupts the program as soon as it waits. tail ends with the program.
interrupt_when_waiting() {
  if grep -q -m1 waiting < <(tail --pid="$1" -n +1 -f "$work/output"); then kill -INT "$1"; fi
}

: >"$work/output"
env -C "$work" "$program" run "$name" --on rehearsal --ci >"$work/output" 2>&1 &
pid=$!
[[ $name != interrupted* ]] || interrupt_when_waiting "$pid"
wait "$pid"
status=$?

[[ $status == "$expected" ]] || fail "exit status $status, want $expected"
for text; do
  grep -qF -- "$text" "$work/output" || fail "\"$text\" is not in the output"
done
if pgrep -fx 'sleep 3600.0271' >/dev/null; then fail "what it started still runs"; fi

journals=("$work"/state/zdt-demo/runs/*/journal.jsonl)
if [[ -e ${journals[0]} ]]; then
  [[ $(tail -c 1 "${journals[0]}" | od -An -c | tr -d ' ') == '\n' ]] || fail "the journal ends within a line"
  tail -n 1 "${journals[0]}" | grep -q '"type":"run-finished"' || fail "the journal does not end with run-finished"
else
  [[ $name == syntax-error ]] || fail "there is no journal"
fi
