"""What do the people of a synthetic cluster ask, and what goes wrong? Literals are masked, as in a recording."""

from dataclasses import dataclass

USERS = [f"user-{number:02d}" for number in range(1, 51)]
SOURCES = ["superset", "dbt-trino", "jupyter", "dbeaver", "looker", "etl-nightly"]

# Error type, error code, failure type and how often, most often first.
ERRORS = [
    ("USER_ERROR", "SYNTAX_ERROR", "io.trino.sql.parser.ParsingException", 20),
    ("USER_ERROR", "COLUMN_NOT_FOUND", "io.trino.spi.TrinoException", 18),
    ("USER_ERROR", "TABLE_NOT_FOUND", "io.trino.spi.TrinoException", 15),
    ("USER_ERROR", "USER_CANCELED", "io.trino.spi.TrinoException", 12),
    ("USER_ERROR", "DIVISION_BY_ZERO", "io.trino.spi.TrinoException", 5),
    ("INSUFFICIENT_RESOURCES", "EXCEEDED_TIME_LIMIT", "io.trino.spi.TrinoException", 12),
    ("INSUFFICIENT_RESOURCES", "EXCEEDED_LOCAL_MEMORY_LIMIT", "io.trino.ExceededMemoryLimitException", 8),
    ("INSUFFICIENT_RESOURCES", "QUERY_QUEUE_FULL", "io.trino.spi.TrinoException", 5),
    ("EXTERNAL", "JDBC_ERROR", "io.trino.spi.TrinoException", 3),
    ("INTERNAL_ERROR", "GENERIC_INTERNAL_ERROR", "java.lang.IllegalStateException", 2),
]


@dataclass(frozen=True)
class Statement:
    """A statement that comes *weight* times as often as one of weight 1 and executes *median_ms*."""

    query_type: str
    text: str
    weight: float
    median_ms: int
    update_type: str | None = None
    prepared: str | None = None


def _statements() -> list[Statement]:
    kinds = [
        Statement("SELECT", "SELECT status, count(*) FROM shop.orders_{n} WHERE day >= DATE ? GROUP BY 1", 30, 300),
        Statement("SELECT", "SELECT * FROM shop.customers_{n} WHERE id = ?", 20, 120),
        Statement("SELECT", "WITH recent AS (SELECT * FROM shop.sales_{n} WHERE price > ?)\nSELECT {many}", 15, 2500),
        Statement("SELECT", "EXECUTE report_{n} USING ?", 5, 800, prepared="SELECT {many} WHERE day = ?"),
        Statement("INSERT", "INSERT INTO shop.daily_{n} SELECT {many}", 8, 9000, "INSERT"),
        Statement("INSERT", "/*?*/ CREATE TABLE shop.copy_{n} AS SELECT {many}", 3, 20000, "CREATE TABLE"),
        Statement("DELETE", "DELETE FROM shop.visits_{n} WHERE day < DATE ?", 1, 700, "DELETE"),
        Statement("MERGE", "MERGE INTO shop.stock_{n} s USING shop.moves m ON s.id = m.id {many}", 1, 15000, "MERGE"),
        Statement("DESCRIBE", "SHOW TABLES FROM shop_{n}", 8, 60),
        Statement("EXPLAIN", "EXPLAIN SELECT {many}", 2, 90),
        Statement("DATA_DEFINITION", "CREATE OR REPLACE VIEW shop.v_{n} AS SELECT {many}", 2, 110, "CREATE VIEW"),
        Statement("ANALYZE", "ANALYZE shop.sales_{n}", 0.5, 5000),
    ]
    return [_variant(kind, number) for kind in kinds for number in range(1, 9)]


def _variant(kind: Statement, number: int) -> Statement:
    # Generated SQL is long: the more columns, the longer, up to some 4,000 characters.
    columns = ", ".join(f"sum(amount_{place} * ?) AS amount_{place}" for place in range(number * number * 2))
    many = f"customer, {columns} FROM shop.sales_{number} JOIN shop.customers USING (id) GROUP BY customer"
    texts = [text and text.format(n=number, many=many) for text in (kind.text, kind.prepared)]
    return Statement(kind.query_type, texts[0], kind.weight, kind.median_ms * number // 2, kind.update_type, texts[1])


STATEMENTS = _statements()
