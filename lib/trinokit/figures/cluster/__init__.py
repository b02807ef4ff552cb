"""What does a cluster look like? Parts out of the tables, places on a sheet, and the drawing."""
