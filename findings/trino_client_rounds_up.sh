#!/usr/bin/env bash
# One would guess: the Python client cuts what Python's microseconds cannot hold from a time, as Trino does when it takes the date of one.
# What happens: it rounds half up, so a timestamp within the last half microsecond of a day comes as midnight of the next, and a time(9) of 23:59:59.9999995 as 00:00, a day earlier.
# Who meets it: whoever groups by day in pandas what a query filtered by day, on columns in nanoseconds.
# Needs: pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv venv
venv/bin/pip install --quiet trino==0.340.0
cat > read.py <<'END'
from trino.mapper import RowMapperFactory

# Columns and values in the form in which a server of Trino sends them.
for kind, precision, value in (
    ("timestamp", 9, "2026-11-30 23:59:59.999999499"),
    ("timestamp", 9, "2026-11-30 23:59:59.999999500"),
    ("timestamp", 6, "2026-11-30 23:59:59.999999"),
    ("time", 9, "23:59:59.999999499"),
    ("time", 9, "23:59:59.999999500"),
):
    signature = {"rawType": kind, "arguments": [{"kind": "LONG", "value": precision}]}
    column = {"name": "moment", "type": f"{kind}({precision})", "typeSignature": signature}
    [[read]] = RowMapperFactory().create(columns=[column], legacy_primitive_types=False).map([[value]])
    print(f"{column['type']} {value} => {read}")
END
venv/bin/python read.py > seen

cat > expected <<'END'
timestamp(9) 2026-11-30 23:59:59.999999499 => 2026-11-30 23:59:59.999999
timestamp(9) 2026-11-30 23:59:59.999999500 => 2026-12-01 00:00:00
timestamp(6) 2026-11-30 23:59:59.999999 => 2026-11-30 23:59:59.999999
time(9) 23:59:59.999999499 => 23:59:59.999999
time(9) 23:59:59.999999500 => 00:00:00
END
venv/bin/pip list 2>/dev/null | grep -E '^trino '
cat seen
diff expected seen && echo "as found"
