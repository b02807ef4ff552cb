"""How far did a client come into Trino by Kerberos? One attempt, or none, beside what the coordinator is set up for."""

from dataclasses import dataclass

import pandas as pd

from trinokit.findings import Finding
from trinokit.kerberos.login import diagnosis
from trinokit.objects import Objects
from trinokit.observations import LoginAttempt


@dataclass(frozen=True)
class LoginCheck:
    """An *attempt* to log in, None where nobody asked for one, and the *live* objects that tell of the coordinator."""

    attempt: LoginAttempt | None
    live: Objects | None = None

    def table(self) -> pd.DataFrame:
        """What was found on the way, step by step: step, fact, value; empty where nothing was tried."""
        return diagnosis.login_table(self.attempt, self.live)

    def findings(self) -> list[Finding]:
        """Which step of the way fails, and why; INFO where nothing was tried."""
        return diagnosis.login_findings(self.attempt, self.live)
