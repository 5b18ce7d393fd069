"""Records in SQLite files, by apsw."""
