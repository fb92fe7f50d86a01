"""`manage.py up`: servers, web, worker and sandbox as one tree of processes that starts, lives and ends together.

No Django here: the supervisor stays small, and everything that needs Django runs in a child.
"""

from core.supervisor.command import up
from core.supervisor.environment import fill_from_run_file
from core.supervisor.services import Service

__all__ = ["Service", "fill_from_run_file", "up"]
