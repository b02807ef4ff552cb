"""What were the JVMs of Trino started with? They are asked through Trino, or inside their pods."""
