"""How do the queries behave? Tables of answers in, tables and findings out."""
