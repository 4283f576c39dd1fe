#!/bin/bash
# contract.lua on a cluster of its own: the rehearsal cluster, or with ZDT_TEST_KIND=1 a Kind cluster, both removed at the end.
#
#   run.sh PROGRAM TARGET    PROGRAM  zdt-demo; ZDT_ROOT, ZDT_BUILD and ZDT_TOOLS as the launcher sets them
#
# Exits 77, and says so, for the target kind without ZDT_TEST_KIND=1.
set -euo pipefail

program=$1 target=$2
here=$(dirname "$(readlink -f "$0")")
if [[ $target == kind && ${ZDT_TEST_KIND-} != 1 ]]; then
  echo "skipped: ZDT_TEST_KIND=1 is not set (needs Docker, kind and a network, makes the cluster zero-downtime)"
  exit 77
fi

export XDG_STATE_HOME
XDG_STATE_HOME=$(mktemp -d)
leave() {
  "$program" run teardown --on "$target" --ci >"$XDG_STATE_HOME/teardown.log" 2>&1 || cat "$XDG_STATE_HOME/teardown.log"
  rm -rf "$XDG_STATE_HOME"
}
trap leave EXIT

"$program" run deploy-all --on "$target" --ci --until cluster --skip preflight
"$program" run "$here/contract.lua" --on "$target" --ci
