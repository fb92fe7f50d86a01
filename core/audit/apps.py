"""Django app of the audit log."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """core.audit."""

    name = "core.audit"
    label = "audit"
