"""Where packages that submissions ask for come from: an index on the network, or a folder of wheels."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from sparring.errors import SparringError

SHOWN_AT = "/wheels"
CERTIFICATES_FILE = "/certificates.pem"
"""Where the sandbox shows the certificate authorities that this machine was told to trust."""
CERTIFICATES = ("PIP_CERT", "SSL_CERT_FILE")
NONE = "none"
READABLE = stat.S_IROTH | stat.S_IXOTH


@dataclass(frozen=True)
class PackageIndex:
    """An index, and whom the proxy lets a build talk to."""

    url: str = ""
    hosts: frozenset[tuple[str, int]] = frozenset()
    folder: Path | None = None
    """Wheels on this machine, in place of an index."""
    place: str = SHOWN_AT
    """Where the sandbox shows them."""

    @property
    def pip_options(self) -> list[str]:
        if self.folder is not None:
            return ["--no-index", "--find-links", self.place]
        plain = [f"--trusted-host={urlsplit(self.url).hostname}"] if self.url.startswith("http://") else []
        return ["--index-url", self.url, *plain]


def package_index(setting: str, more_hosts: str = "") -> PackageIndex | None:
    """The index that a setting names: an address, a folder, nothing for pip's own default, or ``none``.

    ``more_hosts``: further hosts that hold its files, with commas. Raises SparringError for anything else.
    """
    if setting == NONE:
        return None
    if setting.startswith("/"):
        if not Path(setting).is_dir():
            raise SparringError(f"The package index {setting} is no folder. Name a folder of wheels, or an address.")
        if Path(setting).stat().st_mode & READABLE != READABLE:
            raise SparringError(f"The package index {setting} must be readable for everyone: chmod o+rx {setting}")
        return PackageIndex(folder=Path(setting))
    more = {(host.strip(), 443) for host in more_hosts.split(",") if host.strip()}
    if not setting:
        url, files = _default()
        return PackageIndex(url, frozenset({_host(url), (files, 443), *more}))
    if not setting.startswith(("http://", "https://")) or urlsplit(setting).hostname is None:
        raise SparringError(f"'{setting}' is no package index: it is http(s)://HOST/PATH, a folder of wheels, or none.")
    return PackageIndex(setting, frozenset({_host(setting), *more}))


def certificates() -> Path | None:
    """The file of certificate authorities that this machine was told to trust, if it was told of one."""
    named = [Path(os.environ[name]) for name in CERTIFICATES if os.environ.get(name)]
    return next((path for path in named if path.is_file()), None)


def _host(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)


def _default() -> tuple[str, str]:
    """The address of pip's own index, and the host of its files."""
    try:
        public = import_module("pip._internal.models.index").PyPI
        return str(public.simple_url), str(public.file_storage_domain)
    except (ImportError, AttributeError) as error:
        raise SparringError("This arena's Python has no pip to install packages with: python -m ensurepip") from error
