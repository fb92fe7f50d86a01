"""Database connections lent from a process pool; name it as the ENGINE."""
