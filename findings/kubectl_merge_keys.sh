#!/usr/bin/env bash
# One would guess: a key of its own wins over one that << merges in, wherever << stands, and kubectl reads one manifest alike with -f and with -k.
# What happens: with -f a << that stands behind wins over the keys before it; with -k it does not, and yes, dates and a second << are read in another way, too.
# Who meets it: whoever keeps sizes of coordinator and workers in YAML anchors, or moves manifests from kubectl apply -f to a kustomization.
# Needs: Go 1.26; one to ten minutes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOPATH=$work/go GOCACHE=$work/cache GOFLAGS="-mod=mod -modcacherw"

# What kubectl 1.37.2 reads manifests with: the decoder behind -f, and the kustomize behind -k.
cat > go.mod <<'END'
module finding

go 1.26

require k8s.io/kubectl v0.37.2
END
cat > read.go <<'END'
package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const object = `apiVersion: example.org/v1
kind: Cluster
metadata: {name: trino}
spec:
  coordinator: &size {cpu: 4, memory: 8Gi}
  value: %s
`

func read(manifest string) string {
	var object struct{ Spec struct{ Value any } }
	if err := yaml.NewYAMLOrJSONDecoder(strings.NewReader(manifest), 4096).Decode(&object); err != nil {
		return err.Error()
	}
	value, _ := json.Marshal(object.Spec.Value)
	return string(value)
}

func build(manifest string) string {
	folder := filesys.MakeFsInMemory()
	folder.WriteFile("kustomization.yaml", []byte("resources: [cluster.yaml]\n"))
	folder.WriteFile("cluster.yaml", []byte(manifest))
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(folder, ".")
	if err != nil {
		_, reason, _ := strings.Cut(err.Error(), "'cluster.yaml': ")
		reason, _, _ = strings.Cut(reason, "'")
		return "refused: " + reason
	}
	text, _ := built.AsYaml()
	return read(string(text))
}

func main() {
	for _, value := range []string{
		"{<<: *size, memory: 64Gi}",
		"{memory: 64Gi, <<: *size}",
		"{<<: *size, <<: {disk: 1Ti}}",
		"yes",
		"2026-11-30",
		"0644",
	} {
		manifest := fmt.Sprintf(object, value)
		fmt.Printf("%s\n    -f %s\n    -k %s\n", value, read(manifest), build(manifest))
	}
}
END
go build -o read . > build.log 2>&1 || { cat build.log; exit 1; }
./read > seen

cat > expected <<'END'
{<<: *size, memory: 64Gi}
    -f {"cpu":4,"memory":"64Gi"}
    -k {"cpu":4,"memory":"64Gi"}
{memory: 64Gi, <<: *size}
    -f {"cpu":4,"memory":"8Gi"}
    -k {"cpu":4,"memory":"64Gi"}
{<<: *size, <<: {disk: 1Ti}}
    -f {"cpu":4,"disk":"1Ti","memory":"8Gi"}
    -k refused: duplicate merge key
yes
    -f true
    -k "yes"
2026-11-30
    -f "2026-11-30"
    -k "2026-11-30T00:00:00Z"
0644
    -f 420
    -k 420
END
go list -m -f '{{.Path}} {{.Version}}' k8s.io/kubectl sigs.k8s.io/yaml sigs.k8s.io/kustomize/api sigs.k8s.io/kustomize/kyaml
cat seen
diff expected seen && echo "as found"
