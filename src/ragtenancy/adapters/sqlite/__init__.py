"""Records in SQLite files, through apsw."""
