"""A simulated mail provider: real IMAP and SMTP on loopback, and people who write letters."""
