"""How far does a client come by Kerberos? Its configuration, and a login that is tried step by step."""
