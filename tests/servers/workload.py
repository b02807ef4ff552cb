"""What do the people of a small company ask their Trino? Run it: python -m tests.servers.workload --minutes 20.

Planted, so that a report has something to find: a slow period (rivals for the two cores, from 40 % to 52 % of
the time), a query class that gets slower at half-time (its table grows fiftyfold), an ETL group that queues and
overflows, a rush at the end (from 92 %), limits that are exceeded, queries cancelled and killed, and statements
with four-byte characters, which MySQL's event table cannot store as Trino creates it.
"""

import argparse
import contextlib
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import trino

from tests.servers.trino import HTTP_PORT

COUNT_BY_PRIORITY = "SELECT orderpriority, count(*) FROM tpch.tiny.orders WHERE orderdate >= DATE '{date}' GROUP BY 1"
PRICING_SUMMARY = """\
SELECT returnflag, linestatus, sum(quantity) AS sum_qty, avg(extendedprice) AS avg_price, count(*) AS count_order
FROM tpch.{schema}.lineitem
WHERE shipdate <= DATE '1998-12-01' - INTERVAL '{number}' DAY
GROUP BY returnflag, linestatus ORDER BY returnflag, linestatus"""
SHIPPING_PRIORITY = """\
SELECT l.orderkey, sum(l.extendedprice * (1 - l.discount)) AS revenue, o.orderdate
FROM tpch.{schema}.customer c
JOIN tpch.{schema}.orders o ON c.custkey = o.custkey
JOIN tpch.{schema}.lineitem l ON l.orderkey = o.orderkey
WHERE c.mktsegment = '{segment}' AND o.orderdate < DATE '{date}'
GROUP BY l.orderkey, o.orderdate ORDER BY revenue DESC LIMIT 10"""
FORECAST = """\
SELECT sum(extendedprice * discount) AS revenue FROM tpch.{schema}.lineitem
WHERE discount BETWEEN 0.05 AND 0.07 AND quantity < {number}"""
RIVALS = """\
SELECT count(*) FROM tpch.sf1.lineitem a JOIN tpch.sf1.lineitem b ON a.suppkey = b.suppkey
WHERE a.partkey < {number}"""
BASKET = """\
SELECT linenumber, count(DISTINCT suppkey) AS suppliers, approx_percentile(extendedprice, 0.9) AS dear
FROM memory.shop.baskets WHERE quantity < {number} GROUP BY linenumber ORDER BY suppliers DESC"""
BASKET_COLUMNS = "linenumber, suppkey, quantity, extendedprice"


@dataclass(frozen=True)
class Person:
    """Somebody who asks *statements* (weight, text), *per_minute* of them."""

    user: str
    source: str
    per_minute: float
    statements: tuple[tuple[float, str], ...]
    tags: tuple[str, ...] = ()
    session: tuple[tuple[str, str], ...] = ()


SMALL, MEDIUM, LARGE = "tiny", '"sf0.1"', "sf1"

PEOPLE = (
    Person(
        "superset",
        "superset",
        120,
        (
            (5, "-- dashboard {number}\n" + COUNT_BY_PRIORITY),
            (4, BASKET),
            (2, PRICING_SUMMARY.replace("{schema}", SMALL)),
            (
                2,
                "WITH dear AS (SELECT 1 AS one FROM tpch.tiny.orders WHERE totalprice > {number}000) TABLE dear",
            ),
            (1, FORECAST.replace("{schema}", SMALL)),
        ),
        ("dashboard", "team-sales"),
    ),
    Person(
        "alice",
        "jupyter",
        40,
        (
            (
                4,
                "select name from tpch.tiny.customer where mktsegment = '{segment}' order by 1 limit {number}",
            ),
            (3, SHIPPING_PRIORITY.replace("{schema}", SMALL)),
            (1, PRICING_SUMMARY.replace("{schema}", MEDIUM)),
            (1, "select count(*) from tpch.tiny.orders where orderstaus = 'F'"),
            (1, "VALUES ({number}, 'a'), ({number}, 'b')"),
            (0.5, "SELECT name FROM tpch.tiny.nation WHERE name <> '\U0001f389 {segment}'"),
        ),
        ("exploration",),
    ),
    Person(
        "bob",
        "dbeaver",
        40,
        (
            (3, "SHOW TABLES FROM tpch.tiny"),
            (2, "DESCRIBE tpch.tiny.lineitem"),
            (2, "EXPLAIN " + COUNT_BY_PRIORITY),
            (3, "SELECT * FROM tpch.tiny.supplier WHERE suppkey = {number}"),
            (1, "SELEC name FROM tpch.tiny.nation"),
            (1, "SELECT * FROM tpch.tiny.ordres WHERE custkey = {number}"),
            (1, "SELECT {number} / (nationkey - nationkey) FROM tpch.tiny.nation"),
            (1, "TABLE tpch.tiny.region"),
        ),
    ),
    Person(
        "etl",
        "etl-nightly",
        14,
        (
            (
                3,
                "INSERT INTO memory.shop.sales SELECT orderkey, totalprice FROM tpch.tiny.orders WHERE custkey < 9",
            ),
            (1, "CREATE TABLE memory.shop.copy_{unique} AS SELECT * FROM tpch.tiny.part WHERE size < {number}"),
            (1, "DELETE FROM mysql.scratch.visits WHERE id = {number}"),
            (1, "INSERT INTO mysql.scratch.visits VALUES ({number}, 'visit')"),
            (2, FORECAST.replace("{schema}", MEDIUM)),
        ),
        ("nightly",),
    ),
    Person(
        "dbt",
        "dbt-trino-1.9",
        25,
        (
            (3, '/* {{"app": "dbt", "node": "model.shop.{segment}"}} */\n' + COUNT_BY_PRIORITY),
            (2, '/* {{"app": "dbt"}} */ CREATE OR REPLACE VIEW memory.shop.v AS SELECT * FROM tpch.tiny.orders'),
            (1, "UPDATE mysql.scratch.visits SET id = {number} WHERE id = 0"),
            (1, "ANALYZE memory.shop.baskets"),
        ),
    ),
    Person(
        "carol",
        "looker",
        4,
        ((1, SHIPPING_PRIORITY.replace("{schema}", LARGE)), (2, FORECAST.replace("{schema}", MEDIUM))),
        ("team-finance",),
    ),
    Person("dave", "tableau", 2, ((1, RIVALS),), (), (("query_max_execution_time", "3s"),)),
    Person("erin", "trino-cli", 6, ((2, "EXECUTE"), (1, "MEMORY"), (1, "CANCEL"), (1, "KILL"))),
)


class Company:
    """A Trino at work: its people, and the moments at which something planted happens."""

    def __init__(self, seconds: float, seed: int) -> None:
        self.seconds, self.seed = seconds, seed
        self.began = time.monotonic()
        self.asked = 0

    @property
    def progress(self) -> float:
        """The share of the time that has passed."""
        return (time.monotonic() - self.began) / self.seconds

    def work(self) -> int:
        """Let everybody ask until the time is over; the number of statements sent."""
        self._prepare()
        self.began = time.monotonic()
        asking = [partial(self._ask_for, person, place) for person in PEOPLE for place in range(3)]
        _side_by_side([*asking, self._slow_period, self._grow, self._rush])
        return self.asked

    def _prepare(self) -> None:
        for statement in (
            "CREATE SCHEMA IF NOT EXISTS memory.shop",
            "DROP TABLE IF EXISTS memory.shop.baskets",
            f"CREATE TABLE memory.shop.baskets AS SELECT {BASKET_COLUMNS} FROM tpch.tiny.lineitem",
            "DROP TABLE IF EXISTS memory.shop.sales",
            "CREATE TABLE memory.shop.sales (orderkey bigint, totalprice double)",
            "CREATE TABLE IF NOT EXISTS mysql.scratch.visits (id bigint, what varchar(20))",
        ):
            _run(_cursor("etl", "prepare"), statement)

    def _ask_for(self, person: Person, place: int) -> None:
        chance = random.Random(f"{self.seed} {person.user} {place}")
        weights = [weight for weight, _ in person.statements]
        while self.progress < 1:
            self._pause(chance.expovariate(person.per_minute / 3 / 60))
            if self.progress < 1:
                [(_, text)] = chance.choices(person.statements, weights)
                _ask(person, text, chance)
                self.asked += 1

    def _slow_period(self) -> None:
        self._pause(0.4 * self.seconds)
        _side_by_side([partial(self._rival, number) for number in range(3)])

    def _rival(self, number: int) -> None:
        while self.progress < 0.52:
            limit = max(2, int((0.52 - self.progress) * self.seconds))
            cursor = _cursor("batch", "backfill", session_properties={"query_max_execution_time": f"{limit}s"})
            _run(cursor, RIVALS.format(number=20_000 + number))
            self.asked += 1

    def _grow(self) -> None:
        self._pause(0.5 * self.seconds)
        half = f"SELECT {BASKET_COLUMNS} FROM tpch.sf1.lineitem WHERE orderkey % 2 = 0"
        _run(_cursor("etl", "grow"), f"INSERT INTO memory.shop.baskets {half}")

    def _rush(self) -> None:
        self._pause(0.92 * self.seconds)
        _side_by_side([partial(self._hurry, number) for number in range(20)])

    def _hurry(self, number: int) -> None:
        while self.progress < 1:
            # Whoever still waits when the time is over would go on for minutes on two cores.
            limit = max(5, int((1 - self.progress) * self.seconds))
            session = {"query_max_run_time": f"{limit}s"}
            cursor = _cursor("carol", "looker", client_tags=["team-finance"], session_properties=session)
            _run(cursor, FORECAST.format(schema=LARGE, number=number))
            self.asked += 1

    def _pause(self, seconds: float) -> None:
        time.sleep(max(0, min(seconds, self.seconds - (time.monotonic() - self.began))))


def _side_by_side(tasks: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _ask(person: Person, text: str, chance: random.Random) -> None:
    session = dict(person.session)
    cursor = _cursor(person.user, person.source, client_tags=list(person.tags), session_properties=session)
    special: dict[str, Callable[[], None]] = {
        "EXECUTE": lambda: _prepared(cursor, chance),
        "MEMORY": lambda: _memory(person),
        "CANCEL": lambda: _cancelled(person),
        "KILL": lambda: _killed(person),
    }
    if text in special:
        special[text]()
    else:
        _run(cursor, _filled(text, chance))


def _filled(text: str, chance: random.Random) -> str:
    return text.format(
        number=chance.randint(1, 99),
        unique=f"{chance.getrandbits(40):x}",
        segment=chance.choice(("BUILDING", "MACHINERY", "FURNITURE", "O''Neill & Sons")),
        date=f"199{chance.randint(3, 7)}-0{chance.randint(1, 9)}-15",
    )


def _prepared(cursor: trino.dbapi.Cursor, chance: random.Random) -> None:
    with contextlib.suppress(trino.exceptions.Error):
        cursor.execute("SELECT count(*) FROM tpch.tiny.orders WHERE custkey = ?", [chance.randint(1, 99)])
        cursor.fetchall()


def _memory(person: Person) -> None:
    cursor = _cursor(person.user, person.source, session_properties={"query_max_memory": "5MB"})
    _run(cursor, "SELECT orderkey, array_agg(comment) FROM tpch.sf1.lineitem GROUP BY 1 ORDER BY 1")


def _cancelled(person: Person) -> None:
    _interrupted(person, lambda cursor: cursor.cancel())


def _killed(person: Person) -> None:
    def kill(cursor: trino.dbapi.Cursor) -> None:
        _run(_cursor("admin", "trino-cli"), f"CALL system.runtime.kill_query('{cursor.query_id}', 'too heavy')")

    _interrupted(person, kill)


def _interrupted(person: Person, interrupt: Callable[[trino.dbapi.Cursor], None]) -> None:
    cursor = _cursor(person.user, person.source, session_properties={"query_max_execution_time": "10s"})
    query = threading.Thread(target=_run, args=(cursor, RIVALS.format(number=100_000)))
    query.start()
    time.sleep(1.5)
    with contextlib.suppress(trino.exceptions.Error):
        interrupt(cursor)
    query.join()


def _cursor(user: str, source: str, **options: object) -> trino.dbapi.Cursor:
    return trino.dbapi.connect(host="127.0.0.1", port=HTTP_PORT, user=user, source=source, **options).cursor()


def _run(cursor: trino.dbapi.Cursor, statement: str) -> None:
    # Failing is part of the picture: the event table keeps what became of each statement.
    with contextlib.suppress(trino.exceptions.Error, trino.exceptions.HttpError):
        cursor.execute(statement)
        cursor.fetchall()


def main() -> None:
    """Run the workload and say how many statements were sent."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers.workload", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(f"{Company(arguments.minutes * 60, arguments.seed).work()} statements sent")


if __name__ == "__main__":
    main()
