"""What is said of a Trino that does not answer is fit for a report."""

import pytest

from trinokit.clusters_file import Cluster, TrinoAccess
from trinokit.errors import SourceError
from trinokit.sources.trino.coordinator import Coordinator


def test_a_password_in_the_address_is_not_told():
    cluster = Cluster(trino=TrinoAccess("http://u:hunter2@127.0.0.1:1"))

    with pytest.raises(SourceError, match="Expected Trino to answer at http://127.0.0.1:1, found: ") as refused:
        Coordinator("made", cluster, lambda *_: "").rows("SELECT 1")

    assert "hunter2" not in str(refused.value)
