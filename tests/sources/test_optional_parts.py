"""What is asked of a source only where it is wanted is nothing where it is not."""

from tests import jdks

from trinokit import sources


def test_a_java_at_hand_is_tried_where_one_is_named():
    flag = "--add-exports=java.security.jgss/sun.security.krb6=ALL-UNNAMED"

    assert sources.java_with_warnings("", [flag]) is None
    assert sources.java_with_warnings(jdks.program(17), [flag]).said == (
        "WARNING: package sun.security.krb6 not in java.security.jgss",
    )
