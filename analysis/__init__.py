"""Text in, facts out: language and personal data of one message. No Django, no network, no database."""
