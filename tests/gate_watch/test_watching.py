"""What goes wrong within the gate itself is measured as nothing, and never as a pass."""

import pytest

from trinokit.gate_watch import watching


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_the_gate_itself_measures_nothing():
    def fault() -> None:
        raise RuntimeError

    assert watching._run_within(5, fault) is None
    assert watching._run_within(5, lambda: "measured") == "measured"
