"""Why does nobody come into the Trino of a recording?"""

from trinokit.observations import LoginAttempt


class RecordedLogin:
    """The way into a Trino that is not asked."""

    def attempt(self, keytab: str = "") -> LoginAttempt:
        """Why nobody can log in here by Kerberos, whatever the *keytab*."""
        return LoginAttempt(problem="nobody can log into a recording; name a cluster that is live")
