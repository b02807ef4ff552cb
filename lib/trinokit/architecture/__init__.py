"""What is a cluster made of, who depends on whom, and what is wired wrong? Objects in, tables and findings out."""
