"""Debian's dovecot and exim as throwaway servers on loopback: nobody here wrote them, so they share no misreading.

Each has a configuration, spool and certificate of its own under a scratch folder, and is ended by its pid. exim takes
mail over SMTP with a password and puts it into the Maildir that dovecot serves.
"""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ADDRESS = "support@havbris.example"
PASSWORD = "planted-mail-password-31c7"
MUST = "MAIL_SERVERS_REQUIRED"  # set where the servers have been installed: then missing ones are a failure
DOVECOT, EXIM = "/usr/sbin/dovecot", "/usr/sbin/exim4"


def demand_servers() -> None:
    """Skip, or fail where they must be there."""
    lacking = [path for path in (DOVECOT, EXIM) if not Path(path).exists()]
    reason = f"not installed: {', '.join(lacking)}" if lacking else "" if os.geteuid() == 0 else "needs root"
    reason = reason or ("" if shutil.which("openssl") else "not installed: openssl")
    if reason and os.environ.get(MUST):
        pytest.fail(reason)
    if reason:
        pytest.skip(f"real mail servers: {reason} (Debian: dovecot-imapd exim4-daemon-light openssl)")


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago, all different."""
    taken = [socket.socket() for _ in range(count)]
    for each in taken:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return ports


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost, signed by itself, and its key."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    key.chmod(0o644)  # read by several users of this throwaway pair
    return certificate, key


def wait_for(happened, seconds: float = 15, what: str = "a server"):
    """Ask until it is true. Gives: what was told."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if told := happened():
            return told
        time.sleep(0.02)
    raise AssertionError(f"waited in vain for {what}")


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@dataclass
class MailServers:
    """Both servers. `mail` is the Maildir++ of the only mailbox, `user` who owns it."""

    home: Path
    certificate: Path
    ports: dict[str, int]
    user: str = "Debian-exim"
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    @property
    def mail(self) -> Path:
        return self.home / "mail"

    @property
    def group(self) -> str:
        return grp.getgrgid(pwd.getpwnam(self.user).pw_gid).gr_name

    def start(self, name: str) -> None:
        command = {
            "dovecot": [DOVECOT, "-F", "-c", str(self.home / "dovecot.conf")],
            "exim": [EXIM, "-bdf", "-q1s", "-C", str(self.home / "exim.conf")],
        }[name]
        with (self.home / f"{name}.out").open("ab") as out:
            self.processes[name] = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
        ports = [port for use, port in self.ports.items() if use.startswith("imap" if name == "dovecot" else "smtp")]
        wait_for(lambda: all(map(listens, ports)), what=name)
        if name == "dovecot":
            wait_for(self.lets_in, what="dovecot's sign-in, which comes up after its ports")

    def lets_in(self) -> bool:
        """Does IMAP take the password? In clear, which dovecot allows on loopback."""
        with imaplib.IMAP4("127.0.0.1", self.ports["imap"]) as client:
            try:
                return bool(client.login(ADDRESS, PASSWORD)[0] == "OK")
            except imaplib.IMAP4.error:
                return False

    def stop(self, name: str, how: int = signal.SIGTERM) -> None:
        process = self.processes.pop(name, None)
        if process is not None and process.poll() is None:
            process.send_signal(how)
            process.wait(timeout=20)

    def cut_lines(self) -> None:
        """Kill the processes that talk with IMAP clients, as a crash would, and then the server."""
        master = self.processes["dovecot"].pid
        for status in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it may have ended meanwhile
                pid, name, _, parent = status.read_text().split()[:4]
                if name == "(imap)" and int(parent) == master:
                    os.kill(int(pid), signal.SIGKILL)
        self.stop("dovecot")

    def close(self) -> None:
        for name in list(self.processes):
            self.stop(name)

    def put(self, raw: bytes, folder: str = "", at: float | None = None) -> Path:
        """Place a mail into a folder as a delivery does; `at` becomes its arrival."""
        place = self.mail / (f".{folder}" if folder else "") / "new"
        self._make(place.parent)
        moment = time.time() if at is None else at
        self._count = getattr(self, "_count", 0) + 1
        path = place / f"{int(moment)}.M{self._count:06d}P{os.getpid()}.test"
        path.write_bytes(raw.replace(b"\r\n", b"\n"))
        os.utime(path, (moment, moment))
        shutil.chown(path, self.user, self.group)
        return path

    def _make(self, folder: Path) -> None:
        for each in (folder, *(folder / name for name in ("cur", "new", "tmp"))):
            each.mkdir(parents=True, exist_ok=True)
            shutil.chown(each, self.user, self.group)

    def clear(self) -> None:
        """An empty mailbox, of which dovecot remembers nothing."""
        shutil.rmtree(self.mail, ignore_errors=True)
        self._make(self.mail)

    def rebuild(self, folder: str = "") -> None:
        """Forget dovecot's index and list of UIDs, as a restored backup would: it gives a new UIDVALIDITY."""
        place = self.mail / (f".{folder}" if folder else "")
        for path in {*place.glob("dovecot*"), *self.mail.glob("dovecot-uidvalidity*")}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def log(self) -> str:
        return "".join(path.read_text(errors="replace") for path in self.home.glob("*.log"))


def start_servers(home: Path) -> MailServers:
    """Configure and start both."""
    names = ("imap", "imaps", "smtp", "smtps")
    home.chmod(0o755)
    certificate, key = make_certificate(home)
    servers = MailServers(home, certificate, dict(zip(names, free_ports(4), strict=True)))
    servers.clear()
    (home / "users").write_text(f"{ADDRESS}:{{PLAIN}}{PASSWORD}\n")
    (home / "dovecot.conf").write_text(_dovecot(servers, key))
    (home / "exim.conf").write_text(_exim(servers, key))
    for name in ("spool", "exim-log"):
        (home / name).mkdir()
        shutil.chown(home / name, "Debian-exim", "Debian-exim")
    for path in (home / "users", home / "dovecot.conf", home / "exim.conf"):
        path.chmod(0o644)
    try:
        for name in ("dovecot", "exim"):
            servers.start(name)
    except BaseException:
        servers.close()
        raise
    return servers


def _dovecot(servers: MailServers, key: Path) -> str:
    home, ports = servers.home, servers.ports
    return f"""
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{servers.certificate}
ssl_key = <{key}
disable_plaintext_auth = yes
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:{servers.mail}
mail_uid = {servers.user}
mail_gid = {servers.group}
first_valid_uid = 1
first_valid_gid = 1
maildir_stat_dirs = yes
imap_idle_notify_interval = 20 secs
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/users
}}
userdb {{
  driver = static
  args = uid={servers.user} gid={servers.group} home={home}/mail
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sendte {{
    auto = no
    special_use = \\Sent
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {ports["imap"]}
  }}
  inet_listener imaps {{
    port = {ports["imaps"]}
    ssl = yes
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""


def _exim(servers: MailServers, key: Path) -> str:
    home, ports = servers.home, servers.ports
    return f"""
primary_hostname = mx.havbris.example
spool_directory = {home}/spool
log_file_path = {home}/exim-log/%slog
pid_file_path = {home}/exim.pid
daemon_smtp_ports = {ports["smtp"]} : {ports["smtps"]}
local_interfaces = 127.0.0.1
tls_on_connect_ports = {ports["smtps"]}
tls_advertise_hosts = *
tls_certificate = {servers.certificate}
tls_privatekey = {key}
auth_advertise_hosts = ${{if def:tls_in_cipher{{*}}{{}}}}
smtputf8_advertise_hosts = *
message_size_limit = 40M
acl_smtp_rcpt = check_rcpt
keep_environment =
never_users =
queue_only = false
deliver_drop_privilege = true
deliver_queue_load_max = 1000
begin acl
check_rcpt:
  deny message = 5.1.1 nobody of that name
       condition = ${{if eq{{$local_part}}{{refused}}}}
  defer message = 4.2.1 come later
       condition = ${{if eq{{$local_part}}{{later}}}}
  accept authenticated = *
  accept sender_domains = elsewhere.example
  deny message = 5.7.1 sign in first
begin routers
ours:
  driver = accept
  domains = havbris.example
  local_parts = support
  transport = maildir
unknown:
  driver = redirect
  allow_fail
  data = :fail: nobody of that name
begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = {servers.mail}
  create_directory = false
  delivery_date_add = false
  envelope_to_add = false
  return_path_add = true
begin retry
* * F,1m,5s
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{ADDRESS}}}}}{{eq{{$auth3}}{{{PASSWORD}}}}}}}}}
  server_set_id = $auth2
"""
