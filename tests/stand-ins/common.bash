# What the stand-ins share. They answer as the real tools do, and note every call.
#
#   ZDT_STANDIN_STATE    a folder for what they remember: images, the cluster, releases. Required.
#   ZDT_STANDIN_LOG      gets a line of JSON for each call: {"argv": [...], "input": "..."}; input only where a call reads it
#   ZDT_STANDIN_FAIL     a cause to fail with: docker-down, docker-old, quota, disk-full, kind-half-created, port-taken,
#                        chart-unreachable, no-buildx (of docker), helm-hangs (until it is ended)
#   ZDT_STANDIN_PROGRAM  zdt-demo, which makes the cluster behind `kind create cluster`
set -uo pipefail

state=${ZDT_STANDIN_STATE:?the stand-ins need ZDT_STANDIN_STATE}
fault=${ZDT_STANDIN_FAIL-}
mkdir -p "$state/images" "$state/releases"

json_text() {
  local text=$1
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  text=${text//$'\n'/\\n}
  text=${text//$'\t'/\\t}
  printf '"%s"' "${text//$'\r'/\\r}"
}

# note INPUT WORD...: one line of the log.
note() {
  local input=$1 line word
  shift
  [[ -n ${ZDT_STANDIN_LOG-} ]] || return 0
  line='{"argv":['
  for word; do line+="$(json_text "$word"),"; done
  line="${line%,}]"
  [[ -z $input ]] || line+=",\"input\":$(json_text "$input")"
  printf '%s}\n' "$line" >>"$ZDT_STANDIN_LOG"
}

# value FLAG WORD...: the word after FLAG, or after "FLAG=".
value() {
  local flag=$1
  shift
  while (($#)); do
    [[ $1 == "$flag" ]] && { printf '%s' "${2-}"; return; }
    [[ $1 == "$flag="* ]] && { printf '%s' "${1#*=}"; return; }
    shift
  done
}

# The cluster behind the stand-ins, as zdt-demo's own kubectl sees it.
kubectl() {
  local program=${ZDT_TOOLS-}/bin/kubectl
  [[ -x $program ]] || program=kubectl
  command "$program" --kubeconfig "$state/rehearsal/zdt-demo/rehearsal/kubeconfig" "$@"
}

fail() { printf '%s\n' "$*" >&2; exit 1; }

# What the real daemon says when there is none (moby client/errors.go), and to everybody who needs it.
docker_down() { fail 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?'; }
