#!/bin/bash
# Every kustomize tree of the project against the schemas of Kubernetes and of the add-ons' definitions (validate.mjs).
#
#   run.sh FOLDER   FOLDER  where the schemas (npm packages, 33 of them) are kept between runs
#
# Exits 77, and says so, without node and npm: they are no part of what a run of zdt-demo needs.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")") folder=$1
root=$here/../..
kubectl=${ZDT_TOOLS-}/bin/kubectl
[[ -x $kubectl ]] || kubectl=kubectl

command -v node >/dev/null && command -v npm >/dev/null || { echo "skipped: node and npm are not installed"; exit 77; }

mkdir -p "$folder"
cp "$here"/{package.json,package-lock.json,validate.mjs} "$folder"
[[ $folder/node_modules -nt $here/package-lock.json ]] || {
  (cd "$folder" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error && touch node_modules)
}

rm -f "$folder"/*.yaml
while read -r file; do
  tree=$(dirname "$file")
  grep -q '^kind: Component' "$file" && continue  # shared by overlays, never built alone
  name=${tree#"$root"/}
  "$kubectl" kustomize "$tree" >"$folder/${name//\//.}.yaml"
done < <(find "$root/manifests" "$root/observability" -name kustomization.yaml)

node "$folder/validate.mjs" "$folder"/*.yaml
# A validator that finds nothing in what is wrong would prove nothing above.
if node "$folder/validate.mjs" "$here/wrong/objects" >"$folder/wrong.txt"; then echo "nothing was found in wrong/objects"; exit 1; fi
diff "$here/wrong/violations.txt" "$folder/wrong.txt"
