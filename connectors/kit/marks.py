"""A marker for texts that people will read, found by the message extractor and translated where they are shown."""


def gettext_noop(message: str) -> str:
    """Mark `message` for translation and give it back unchanged; the kit must not load Django for the real one."""
    return message
