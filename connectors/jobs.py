"""The jobs of the connectors, by name and queue."""

from core.jobs import Job

INGEST = Job("connectors.ingest", queue="ingest", single=True)
ACT = Job("connectors.act", queue="send", single=True)
IMPORT = Job("connectors.import_rows", queue="slow", single=True)
SEND = Job("connectors.send", queue="send", single=True)
