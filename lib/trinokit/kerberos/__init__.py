"""Are the flags that Kerberos needs in force in every JVM? Flags, files and arguments in, findings and plans out."""

from trinokit.kerberos.kerberos_door import FlagChange, JvmFlagCheck, VerifiedFlags, check_jvm_flags

__all__ = ["FlagChange", "JvmFlagCheck", "VerifiedFlags", "check_jvm_flags"]
