#!/usr/bin/env bash
# One would guess: a rule that regopy takes denies what it denies in OPA, or ends in an error.
# What happens: time.parse_rfc3339_ns of a time that ends in Z is undefined without a word, as is net.cidr_contains, so the rule never denies; the same moment written +00:00 is denied.
# Who meets it: whoever checks manifests by Rego in a notebook or in CI without the opa program; Kubernetes writes all its times with Z.
# Needs: pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m pip install --quiet --root-user-action=ignore --target packages regopy==1.5.2
cat > ask.py <<'END'
import json

import regopy

POLICY = """
package manifests

import rego.v1

deny contains "the Secret is older than October" if {
    time.parse_rfc3339_ns(input.created) < time.parse_rfc3339_ns("2026-10-01T00:00:00+00:00")
}

deny contains "the whole network may enter" if {
    net.cidr_contains(input.entering, "10.1.2.3")
}

deny contains "the tag is latest" if {
    endswith(input.image, ":latest")
}
"""
for created in ("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00Z"):
    rego = regopy.Interpreter()
    rego.add_module("policy", POLICY)
    rego.set_input({"created": created, "entering": "10.0.0.0/8", "image": "trino:latest"})
    [denied] = json.loads(str(rego.query("data.manifests.deny")))["expressions"]
    print(created, "=>", "; ".join(sorted(denied)))
END
PYTHONPATH=packages python3 ask.py > seen

cat > expected <<'END'
2026-01-01T00:00:00+00:00 => the Secret is older than October; the tag is latest
2026-01-01T00:00:00Z => the tag is latest
END
PYTHONPATH=packages python3 -c 'import regopy; print("regopy", regopy.__version__)'
cat seen
diff expected seen && echo "as found"
