"""How do the queries of a Trino cluster behave, and does the cluster run what git declares?"""

import logging

# Quiet, unless whoever uses the package listens. https://docs.python.org/3/howto/logging.html#library-config
logging.getLogger(__name__).addHandler(logging.NullHandler())
