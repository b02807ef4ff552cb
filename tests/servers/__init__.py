"""Which real servers do the tests talk to? MariaDB and Trino, private to the user, on loopback only."""
