"""What must be true of a run's history, one promise a module. Each yields sentences on what is
wrong, and nothing when all is well."""
