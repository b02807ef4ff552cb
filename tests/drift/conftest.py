"""The audit of two small sides."""

from datetime import date

import pytest
from tests.architecture.objects import objects

from trinokit.drift import detection

DECLARED = """
{kind: ConfigMap, apiVersion: v1, metadata: {name: a, namespace: trino}, data: {x: "1", hive: "thrift://hive:9083"}}
---
{kind: Service, apiVersion: v1, metadata: {name: s, namespace: trino}, spec: {ports: [{port: 80}]}}
"""
LIVE = """
kind: ConfigMap
apiVersion: v1
metadata:
  name: a
  namespace: trino
  managedFields:
    - {manager: kubectl-edit, operation: Update, time: "2026-11-24T12:00:00Z", fieldsV1: {"f:data": {"f:x": {}}}}
data: {x: "2", hive: "thrift://elsewhere:9083"}
---
{kind: Service, apiVersion: v1, metadata: {name: s, namespace: trino}, spec: {ports: [{port: 80, protocol: TCP}]}}
"""


@pytest.fixture
def found() -> detection.DriftReport:
    live = objects(LIVE, about={"Kubernetes": "v1.36.3"})
    return detection.drift_between(
        objects(DECLARED, side="declared"), live, detection.DriftEvidence(), on=date(2026, 11, 24)
    )
