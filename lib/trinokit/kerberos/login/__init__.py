"""How far does a client come into a coordinator by Kerberos, and why no further?"""
