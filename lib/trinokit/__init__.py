"""How do the queries of a Trino cluster behave, and does the cluster run what git declares?"""
