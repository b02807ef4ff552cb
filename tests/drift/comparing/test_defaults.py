"""Is the committed data what a real API server tells, and does what it makes of every seed show no drift?"""

import json

import pytest
from tests import defaults

from trinokit.drift.comparing import compare, schemas_of_all_kinds
from trinokit.drift.differences import ALLOCATED, DEFAULTED
from trinokit.objects import Object

# What belongs to no namespace is changed or looked at as a whole.
pytestmark = pytest.mark.xdist_group("stack")

SEEDS = defaults.seeds()


@pytest.fixture(scope="module")
def server(kubectl) -> defaults.Server:
    """The API server of the running Kubernetes."""
    return defaults.Server()


def test_the_committed_data_are_what_the_server_tells(server):
    committed = {name: (defaults.DATA / name).read_text() for name in ("measured.json", "schema.json")}

    assert defaults.written() == committed


@pytest.mark.parametrize("seed", SEEDS, ids=[f"{seed['kind']} {index}" for index, seed in enumerate(SEEDS)])
def test_what_the_server_makes_of_a_seed_is_no_drift(server, seed):
    sides = [
        Object(seed["apiVersion"], seed["kind"], "", seed["metadata"]["name"], json.dumps(body).encode())
        for body in (seed, server.created(seed))
    ]

    assert {each.judged for each in compare.compare_objects(*sides, schemas_of_all_kinds.KindSchemas())} <= {
        DEFAULTED,
        ALLOCATED,
    }
