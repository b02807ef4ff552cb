#!/usr/bin/env bash
# One would guess: once etcd has compacted the revision of a list, its continue token is answered with 410 Gone, so a test that compacts etcd sees the 410, and a client that pages slowly has to begin anew.
# What happens: the API server serves the next page from its watch cache, as of the old revision with what was deleted since, and answers 200; only with --watch-cache=false it is the 410.
# Who meets it: whoever tests how a client begins an expired list anew, and whoever takes a 200 for "etcd still has that revision".
# Needs: Go 1.26, openssl, curl, python3; 8 to 25 minutes on two cores, 6 GB of disk.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOPATH=$work/go GOCACHE=$work/cache GOFLAGS="-mod=mod -modcacherw" GOTOOLCHAIN=local CGO_ENABLED=0
kubernetes=1.36.3 etcd=3.6.14

mkdir -p module/etcd module/apiserver
cat > module/etcd/main.go <<'END'
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
END
cat > module/apiserver/main.go <<'END'
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() { os.Exit(cli.Run(app.NewAPIServerCommand())) }
END
(
  cd module
  go mod init finding
  go mod edit "-require=k8s.io/kubernetes@v$kubernetes" "-require=go.etcd.io/etcd/server/v3@v$etcd"
  # The modules of Kubernetes' own repository are required at v0.0.0, and replaced in its main module only.
  downloaded=$(go mod download -json "k8s.io/kubernetes@v$kubernetes" | sed -n 's/.*"GoMod": "\(.*\)",/\1/p')
  for staged in $(sed -n 's/^\t\(k8s.io\/[^ ]*\) v0\.0\.0.*/\1/p' "$downloaded" | sort -u); do
    go mod edit "-replace=$staged=$staged@v0${kubernetes#1}"
  done
  go build -p 2 -o ../programs/ ./...
) > build.log 2>&1 || { tail -n 30 build.log; exit 1; }

running=()
trap 'kill "${running[@]}" 2> /dev/null || true; wait; rm -rf "$work"' EXIT
port=$((20000 + RANDOM % 10000))
storage=http://127.0.0.1:$((port + 1))
ask() { curl --silent --insecure --max-time 20 --header "Authorization: Bearer finding" "$@"; }
lists=https://127.0.0.1:$port/api/v1/namespaces/default/configmaps
field() { python3 -c 'import json, sys; value = json.load(sys.stdin)
for key in sys.argv[1:]: value = value[key]
print(value)' "$@"; }
until_it_answers() {
  for _ in $(seq 240); do
    ask --fail --output /dev/null "$1" && return
    sleep 0.5
  done
  echo "nobody answers at $1"
  exit 1
}

openssl genrsa -out accounts.key 2048 2> /dev/null
echo finding,admin,1,system:masters > tokens.csv
programs/etcd --data-dir=etcd --log-level=error "--listen-client-urls=$storage" "--advertise-client-urls=$storage" \
  "--listen-peer-urls=http://127.0.0.1:$((port + 2))" "--initial-advertise-peer-urls=http://127.0.0.1:$((port + 2))" \
  "--initial-cluster=default=http://127.0.0.1:$((port + 2))" > etcd.log 2>&1 &
running+=($!)
until_it_answers "$storage/health"

# The status of the second page, and how many of the objects are on it, after etcd has forgotten the first page's revision.
second_page() {
  programs/apiserver "--etcd-servers=$storage" --bind-address=127.0.0.1 "--secure-port=$port" --cert-dir=certificates \
    --authorization-mode=AlwaysAllow --token-auth-file=tokens.csv --endpoint-reconciler-type=none \
    --service-cluster-ip-range=10.96.0.0/16 --service-account-issuer=finding \
    --service-account-key-file=accounts.key --service-account-signing-key-file=accounts.key "$@" > apiserver.log 2>&1 &
  server=$!
  running+=("$server")
  until_it_answers "https://127.0.0.1:$port/readyz"
  until_it_answers "https://127.0.0.1:$port/api/v1/namespaces/default"
  for number in 1 2 3 4; do
    ask --output /dev/null --header "Content-Type: application/json" --data \
      "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"made-$number\"}}" "$lists"
  done
  token=$(ask "$lists?limit=2" | field metadata continue)
  ask --output /dev/null --request DELETE "$lists/made-4"
  revision=$(curl --silent --data '{"key": "AA==", "range_end": "AA==", "limit": 1}' "$storage/v3/kv/range" | field header revision)
  curl --silent --output /dev/null --data "{\"revision\": $revision}" "$storage/v3/kv/compaction"
  status=$(ask --output page --write-out '%{http_code}' --get --data-urlencode "continue=$token" --data limit=100 "$lists")
  names=$(python3 -c 'import json; print(*(each["metadata"]["name"] for each in json.load(open("page")).get("items") or []))')
  echo "$status${names:+ with $names}"
  kill "$server"
  wait "$server" || true
}
{
  echo "kube-apiserver as it is: $(second_page)"
  echo "with --watch-cache=false: $(second_page --watch-cache=false)"
} > seen

cat > expected <<'END'
kube-apiserver as it is: 200 with made-3 made-4
with --watch-cache=false: 410
END
echo "Kubernetes $kubernetes, etcd $etcd"
cat seen
diff expected seen && echo "as found"
