"""Drift is told in tables: with path, both values, who, when, the evidence and the command that shows it."""

from trinokit.drift import drift_tables


def test_drift_is_counted_by_category(found):
    assert drift_tables.category_counts_table(found, ("configuration", "dependencies", "security")).to_dict("split")[
        "data"
    ] == [
        ["configuration", 1, 0, 0, 0, 1],
        ["dependencies", 1, 0, 0, 1, 0],
        ["security", 0, 0, 0, 0, 0],
    ]


def test_each_drift_has_a_row_with_who_and_when(found):
    assert drift_tables.drift_table(found, "configuration").to_dict("records") == [
        {
            "severity": "WARNING",
            "object": "ConfigMap/a in trino",
            "path": "data.x",
            "declared": "1",
            "live": "2",
            "who": "kubectl-edit",
            "when": "2026-11-24 12:00:00",
        }
    ]


def test_each_drift_has_its_evidence_and_the_command_that_shows_it(found):
    assert drift_tables.drift_evidence_table(found, "configuration").to_dict("records") == [
        {
            "drift": "ConfigMap/a in trino data.x",
            "evidence": "kubectl-edit (Update) at 2026-11-24 12:00:00 or before",
            "command": "kubectl get configmap a -n trino -o 'jsonpath={.data.x}'",
        }
    ]


def test_what_is_no_drift_is_listed_with_an_example(found):
    assert drift_tables.suppressed_reasons_table(found).to_dict("split")["data"] == [
        ["defaulted", "default of the API server", 1, "Service/s in trino spec.ports[port=80,protocol=TCP].protocol"]
    ]
    assert drift_tables.suppressed_differences_table(found, "defaulted")[["path", "declared", "live"]].to_dict("split")[
        "data"
    ] == [["spec.ports[port=80,protocol=TCP].protocol", "–", "TCP"]]
