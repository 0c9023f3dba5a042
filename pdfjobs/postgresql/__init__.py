"""Django's PostgreSQL backend, told to keep what SQLite keeps."""
