"""Are the flags that Kerberos needs in force in every JVM? Flags, files and arguments in, findings and plans out."""
