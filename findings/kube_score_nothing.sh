#!/usr/bin/env bash
# One would guess: kube-score names a kind that it has no checks for, and fails or prints an empty list when it could score nothing.
# What happens: such objects are left out, a file with none other prints the JSON null, and the exit code is 0, as for an empty file.
# Who meets it: whoever counts the findings of kube-score -o json over a chart with custom resources, such as KEDA's scaling of Trino workers.
# Needs: Go 1.26; two to fifteen minutes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOPATH=$work/go GOCACHE=$work/cache GOFLAGS="-modcacherw" GOBIN=$work

go install github.com/zegl/kube-score/cmd/kube-score@v1.20.0 > build.log 2>&1 || { cat build.log; exit 1; }
cat > scaling.yaml <<'END'
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: trino-worker, namespace: trino}
spec: {scaleTargetRef: {name: trino-worker}, maxReplicaCount: 90}
END
cat > service.yaml <<'END'
apiVersion: v1
kind: Service
metadata: {name: trino, namespace: trino}
spec: {selector: {app: trino}, ports: [{port: 8080}]}
END
: > empty.yaml
score() {
  code=0
  ./kube-score score --output-format=json "$@" > scored 2> errors || code=$?
  python3 - "$*" "$code" <<'END'
import json
import sys

scored = json.load(open("scored"))
names = "null" if scored is None else [each["object_name"] for each in scored]
print(f"{sys.argv[1]}: {names}, exit code {sys.argv[2]}, on stderr {open('errors').read().strip()!r}")
END
}
{
  score service.yaml
  score service.yaml scaling.yaml
  score scaling.yaml
  score empty.yaml
} > seen

cat > expected <<'END'
service.yaml: ['Service/v1/trino/trino'], exit code 1, on stderr ''
service.yaml scaling.yaml: ['Service/v1/trino/trino'], exit code 1, on stderr ''
scaling.yaml: null, exit code 0, on stderr ''
empty.yaml: null, exit code 0, on stderr ''
END
go version -m kube-score | awk '$1 == "mod" {print $2, $3}'
cat seen
diff expected seen && echo "as found"
