"""The one way out to a source over HTTP: to the addresses that were configured, and to nothing else.

What a source says is data: a link to the next page, the address of a file, a redirect. None of it leads anywhere but to
the hosts that a person wrote down. Names are resolved here, once for each request, and the connection goes to the very
address that was looked at. Requests come one after the other, not faster than agreed, and are repeated when that helps.
"""

from __future__ import annotations

import contextlib
import io
import ipaddress
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO

import httpx
from pydantic import BaseModel, Field
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from indexer.sources.protocol import ItemError, SourceUnavailableError
from records.ledger_values import Fault
from records.reasons import Reason

_log = logging.getLogger(__name__)

_ATTEMPTS = 4
_LONGEST_WAIT = 120.0
_REDIRECTS = 5
_MAX_PAGE = 50_000_000
_AGENT = "Aktensuche (records search of a municipality)"
_PORTS = {"http": 80, "https": 443}
_AGAIN = frozenset({429, 500, 502, 503, 504})

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ForeignAddressError(SourceUnavailableError):
    """An address is not one of those that may be asked."""


class HttpSettings(BaseModel):
    """How a source over HTTP is spoken to."""

    #: further hosts that its files may come from, as `host` or `host:port`; the one of `url` is allowed anyway
    hosts: tuple[str, ...] = ()
    #: networks inside the house that these hosts may lie in; without, only public addresses are asked
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    requests_per_second: float = Field(default=5.0, gt=0, le=100)
    timeout_seconds: float = Field(default=60.0, gt=0, le=600)


class AllowList:
    """Which addresses may be asked. Pure but for the resolver."""

    def __init__(self, url: str, settings: HttpSettings) -> None:
        parts = httpx.URL(url)
        self._origins = {(parts.scheme, *_host_and_port(parts))}
        for host in settings.hosts:
            named = httpx.URL(f"{parts.scheme}://{host}")
            self._origins.add((parts.scheme, *_host_and_port(named)))
        self._networks = settings.networks

    def check(self, url: httpx.URL) -> None:
        """Raise ForeignAddressError unless the address is written down, letter by letter."""
        # SECURITY: compared as text before anything is resolved, so no other spelling of an address gets through.
        if url.userinfo:
            raise ForeignAddressError("the address carries a user name")
        if url.scheme not in _PORTS or not url.host:
            raise ForeignAddressError(f"{url.scheme or 'no scheme'}: only http and https are asked")
        if (url.scheme, *_host_and_port(url)) not in self._origins:
            raise ForeignAddressError(f"{url.host[:100]} is not one of the hosts of this source")

    def resolve(self, host: str, port: int) -> str:
        """Return the address to connect to; ForeignAddressError where a name leads into a network it must not."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"{host} cannot be resolved: {error}") from error
        addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        # SECURITY: one bad address among good ones is enough to refuse; which one is asked must not be luck.
        for address in addresses:
            if not self._may_be_asked(address):
                raise ForeignAddressError(f"{host} leads into a network of the house: {address}")
        return str(addresses[0])

    def _may_be_asked(self, address: Address) -> bool:
        if isinstance(address, ipaddress.IPv6Address):
            inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
            if inner is not None:
                return self._may_be_asked(inner)
        if any(address in network for network in self._networks):
            return True
        return address.is_global and not address.is_multicast and address not in _NAT64


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _host_and_port(url: httpx.URL) -> tuple[str, int]:
    return url.host.lower().rstrip("."), url.port or _PORTS.get(url.scheme, 0)


class _Pinned(httpx.BaseTransport):
    """Connects to the address that was checked, and speaks to it under the name that was asked for."""

    def __init__(self, allowed: AllowList) -> None:
        self._allowed = allowed
        self._inner = httpx.HTTPTransport(trust_env=False, limits=httpx.Limits(max_keepalive_connections=2))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        # SECURITY: every request passes here, redirects too; checking and connecting use the same resolved address.
        self._allowed.check(request.url)
        host, port = _host_and_port(request.url)
        address = self._allowed.resolve(host, port)
        request.headers.setdefault("Host", request.url.netloc.decode("ascii"))
        request.extensions = {**request.extensions, "sni_hostname": request.url.host}
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return self._inner.handle_request(pinned)

    def close(self) -> None:
        self._inner.close()


class SourceClient:
    """Asks one source. Safe for threads; one request at a time."""

    def __init__(
        self,
        url: str,
        settings: HttpSettings,
        *,
        auth: httpx.Auth | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._allowed = AllowList(url, settings)
        self._auth, self._origin = auth, httpx.URL(url)
        self._http = httpx.Client(
            transport=_Pinned(self._allowed),
            timeout=settings.timeout_seconds,
            headers={"User-Agent": _AGENT, **(headers or {})},
            follow_redirects=False,
            trust_env=False,
        )
        self._pause, self._next = 1.0 / settings.requests_per_second, 0.0
        self._turn = threading.Lock()
        #: how many requests were sent, for whoever wants to show it
        self.requests = 0

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def json(self, url: str) -> Any:
        """Fetch JSON of at most 50 MB; SourceUnavailableError with a sentence, LookupError on 404 and 410."""
        try:
            with contextlib.closing(self._asked(url)) as answer:
                content = _all_of(answer)
                return httpx.Response(200, content=content).json()
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            if status in {404, 410}:
                raise LookupError(f"{url} answers {status}") from error
            raise SourceUnavailableError(f"{url} answers {status}") from error
        except (httpx.TransportError, httpx.DecodingError, httpx.TooManyRedirects) as error:
            raise SourceUnavailableError(f"{url} does not answer: {error}") from error
        except ForeignAddressError as error:
            raise ForeignAddressError(f"{url[:200]!r} is not asked: {error}") from error
        except (ValueError, RecursionError) as error:
            raise SourceUnavailableError(f"{url} answers something that is not JSON, or only half of it") from error

    def open(self, url: str, failed: Callable[[], object] = lambda: None) -> BinaryIO:
        """Open a file; ItemError where this one cannot be had, OSError where it breaks off.

        `failed` is called where it is worth asking again later.
        """
        try:
            return io.BufferedReader(_Body(self._asked(url), failed))
        except ForeignAddressError as error:
            raise ItemError(Fault(Reason.FOREIGN_ADDRESS, str(error))) from error
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            if status in {401, 403}:
                raise ItemError(Fault(Reason.NO_PERMISSION)) from error
            if status in {404, 410}:
                raise ItemError(Fault(Reason.VANISHED)) from error
            failed()
            raise OSError(0, f"answers {status}") from error
        except httpx.HTTPError as error:
            failed()
            raise OSError(0, f"does not answer: {type(error).__name__}") from error

    def _asked(self, url: str) -> httpx.Response:
        """Return a successful answer whose body is still to be read."""
        where = httpx.URL(_sane(url))
        for _ in range(_REDIRECTS):
            answer = self._repeatedly(where)
            if not answer.is_redirect:
                answer.raise_for_status()
                return answer
            answer.close()
            try:
                where = where.join(answer.headers["location"])
            except (httpx.InvalidURL, ValueError) as error:
                raise ForeignAddressError("the redirect leads to no address at all") from error
        raise httpx.TooManyRedirects(f"more than {_REDIRECTS} redirects")

    def _repeatedly(self, where: httpx.URL) -> httpx.Response:
        retrying = Retrying(
            retry=retry_if_exception(_passes),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=_as_told,
            sleep=time.sleep,
            reraise=True,
        )
        return retrying(self._once, where)

    def _once(self, where: httpx.URL) -> httpx.Response:
        self._allowed.check(where)
        with self._turn:
            now = time.monotonic()
            time.sleep(max(0.0, self._next - now))
            self._next = max(now, self._next) + self._pause
        self.requests += 1
        request = self._http.build_request("GET", where)
        # SECURITY: what opens the source is shown to the host that was configured, not to others that files come from.
        auth = self._auth if _host_and_port(where) == _host_and_port(self._origin) else None
        try:
            answer = self._http.send(request, stream=True, auth=auth)
        except httpx.InvalidURL as error:
            raise ForeignAddressError("the redirect leads to no address at all") from error
        if answer.status_code in _AGAIN:
            answer.close()
            answer.raise_for_status()
        return answer


class _Body(io.RawIOBase):
    """The body of an answer as a file."""

    def __init__(self, answer: httpx.Response, failed: Callable[[], object]) -> None:
        self._answer, self._failed = answer, failed
        self._chunks, self._left = answer.iter_bytes(), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            try:
                self._left = next(self._chunks)
            except StopIteration:
                return 0
            except httpx.HTTPError as error:
                self._failed()
                raise OSError(0, f"breaks off: {type(error).__name__}") from error
        piece, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._answer.close()
        super().close()


def _all_of(answer: httpx.Response) -> bytes:
    found = bytearray()
    for chunk in answer.iter_bytes():
        found += chunk
        if len(found) > _MAX_PAGE:
            raise ValueError("too large")
    return bytes(found)


def _sane(url: str) -> str:
    if not isinstance(url, str) or not url.isprintable() or url != url.strip():
        raise ForeignAddressError("no address at all")
    try:
        httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise ForeignAddressError("no address at all") from error
    return url


def _passes(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in _AGAIN
    return isinstance(error, httpx.TransportError) and not isinstance(error, httpx.UnsupportedProtocol)


_backing_off = wait_exponential_jitter(multiplier=0.5, max=20)


def _as_told(state: RetryCallState) -> float:
    """Wait as long as the source asks for, else longer each time."""
    error = state.outcome.exception() if state.outcome else None
    told = error.response.headers.get("retry-after", "") if isinstance(error, httpx.HTTPStatusError) else ""
    if told.isdecimal():
        return min(float(told), _LONGEST_WAIT)
    try:
        return min(max(0.0, parsedate_to_datetime(told).timestamp() - time.time()), _LONGEST_WAIT)
    except (ValueError, TypeError):
        return _backing_off(state)


def credentials(user: str | None, secret: str | None) -> httpx.Auth | None:
    """Return how a source is signed in to: by name and password, or by a bearer token where there is no name."""
    if secret is None:
        return None
    return httpx.BasicAuth(user, secret) if user else _Bearer(secret)


class _Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Iterable[httpx.Request]:  # type: ignore[override]
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request
