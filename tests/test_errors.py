"""An error is a sentence and a remedy, in a terminal and in a notebook."""

from IPython.core.interactiveshell import InteractiveShell

from trinokit.errors import SourceError, did_you_mean


def test_an_error_reads_as_a_sentence_and_a_remedy():
    assert str(SourceError("Expected a table, found none.", remedy="make one")) == (
        "Expected a table, found none.\n  -> make one"
    )


def test_an_error_can_be_a_part_of_another_sentence():
    assert SourceError("Expected a table, found none.", remedy="make one").clause == (
        "expected a table, found none; make one"
    )


def test_a_notebook_shows_the_sentence_and_no_traceback(capsys):
    shell = InteractiveShell.instance()
    shell.run_cell("from trinokit.errors import SourceError\nraise SourceError('Expected a, found b.', remedy='do c')")
    InteractiveShell.clear_instance()

    assert capsys.readouterr().out.strip() == "SourceError: Expected a, found b.\n  -> do c"


def test_the_nearest_known_name_is_asked_for_and_nothing_else_is():
    assert did_you_mean("sinse", {"since": 1, "until": 2}) == "did you mean since?"
    assert did_you_mean("quux", ["since", "until"]) == ""
