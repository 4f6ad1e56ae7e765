"""Long work in threads: workers, a run, and its progress."""
