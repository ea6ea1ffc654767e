"""Every error Ionstack raises, in one tree.

    IonstackError
    ├── UsageError             what an operator did: one line that says what to do
    ├── StoreError
    │   ├── Duplicate          a unique value is taken
    │   ├── SchemaTooNew       the data was written by a newer Ionstack
    │   └── StoreUnavailable   the database cannot be reached or written
    │       └── StoreFull      its disk is full; nothing was written
    ├── S3Error                what a client of Object Storage is told; its code is one of S3's
    └── ApiError               what a client is told; each class is one HTTP status
        ├── BadRequest 400        ├── PayloadTooLarge 413
        ├── Unauthorized 401      ├── UnsupportedMediaType 415
        ├── Forbidden 403         ├── Invalid 422
        ├── NotFound 404          ├── TooManyRequests 429
        ├── MethodNotAllowed 405  ├── Internal 500
        ├── Conflict 409          ├── NotServed 501
        └── HeadersTooLarge 431   └── Unavailable 503

A dialect turns an ApiError into the body of its API family; nothing else does.
The numeric codes are the vendor's where they are known (401: 315, 404: 309, 422: 100 for
attributes and 200 for rules, 403: 451).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


class IonstackError(Exception):
    """The root of the tree."""


class UsageError(IonstackError):
    """An operator's mistake or environment problem. The message is one line and says what to do."""


class StoreError(IonstackError):
    """The store could not do what was asked."""


class Duplicate(StoreError):
    """A unique value is already taken. `constraint` names the table or constraint as the store gave it."""

    def __init__(self, constraint: str) -> None:
        super().__init__(f"already taken: {constraint}")
        self.constraint = constraint


class SchemaTooNew(StoreError):
    """The data directory or database was written by a newer Ionstack."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, is read-only, or its disk is full."""


class StoreFull(StoreUnavailable):
    """The disk of the database is full. What was to be written was not."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of an error answer.

    `path` is the place in the body, as `(root).properties.cores`; empty when the fault is not in the body.
    `code` overrides the class's code for this line.
    """

    message: str
    path: str = ""
    code: str = ""

    def __str__(self) -> str:
        return f"[{self.path}] {self.message}" if self.path else self.message


class S3Error(IonstackError):
    """What a client of Object Storage is told.

    `code` is one of S3's (`ionstack.objectstorage.codes` has the status and the usual message of each);
    `elements` are further elements of the body, as `BucketName`; `headers` are added to the answer.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        **elements: str,
    ) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message
        self.elements: Mapping[str, str] = elements
        self.headers: Mapping[str, str] = headers or {}


class ApiError(IonstackError):
    """What a client is told. `problems` are listed in the body, `headers` are added to the answer.

    `user` is the id of whom it refuses, where that is known without a principal; no client is told.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "500"
    default: ClassVar[str] = "The server cannot answer"

    def __init__(
        self, *problems: str | Problem, code: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        lines = problems or (self.default,)
        self.problems: Sequence[Problem] = [Problem(p) if isinstance(p, str) else p for p in lines]
        self.headers: Mapping[str, str] = headers or {}
        self.user = ""
        self._code = code or self.code
        super().__init__("; ".join(str(problem) for problem in self.problems))

    def code_of(self, problem: Problem) -> str:
        """The errorCode of one line."""
        return problem.code or self._code


class BadRequest(ApiError):
    """The request cannot be read: malformed JSON, a parameter of the wrong form."""

    status, code, default = 400, "106", "The request cannot be read"


class Unauthorized(ApiError):
    """No credentials, or none that count."""

    status, code, default = 401, "315", "Unauthorized"

    def __init__(
        self, *problems: str | Problem, code: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        challenge = {"WWW-Authenticate": 'Bearer realm="ionstack", Basic realm="ionstack"'}
        super().__init__(*problems, code=code, headers={**challenge, **(headers or {})})


class Forbidden(ApiError):
    """The credentials are good, the privilege is missing."""

    status, code, default = 403, "331", "Access Denied"


class NotFound(ApiError):
    """No such resource, or one that this caller must not know of."""

    status, code, default = 404, "309", "Resource does not exist"


class MethodNotAllowed(ApiError):
    """The path exists, the method does not. `allowed` fills the Allow header."""

    status, code, default = 405, "307", "The method is not allowed here"

    def __init__(self, *problems: str | Problem, allowed: Sequence[str] = ()) -> None:
        super().__init__(*problems, headers={"Allow": ", ".join(allowed)})


class Conflict(ApiError):
    """The state of the resource does not allow the change (used by the newer APIs)."""

    status, code, default = 409, "409", "The resource is in a state that does not allow this"


class PayloadTooLarge(ApiError):
    """The body is larger than the server takes."""

    status, code, default = 413, "413", "The request body is too large"


class UnsupportedMediaType(ApiError):
    """The operation takes a body and this is not a media type it reads."""

    status, code, default = 415, "308", "The content type is not supported"


class Invalid(ApiError):
    """The body is well formed but breaks the schema or a rule; every fault is listed."""

    status, code, default = 422, "100", "The request is not valid"


class TooManyRequests(ApiError):
    """The rate limit is used up. `retry_after` is whole seconds."""

    status, code, default = 429, "429", "Too many requests"

    def __init__(
        self, *problems: str | Problem, retry_after: int = 1, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(*problems, headers={"Retry-After": str(retry_after), **(headers or {})})


class HeadersTooLarge(ApiError):
    """The header fields are larger than the server takes."""

    status, code, default = 431, "431", "The request header is too large"


class Internal(ApiError):
    """A fault of the server's own. Says the request id and nothing else."""

    status, code, default = 500, "500", "An unexpected error occurred"


class NotServed(ApiError):
    """The API has this operation and Ionstack does not serve it yet."""

    status, code, default = 501, "501", "This operation is not served by Ionstack yet"


class Unavailable(ApiError):
    """Maintenance, overload, or the store is away. `retry_after` is whole seconds."""

    status, code, default = 503, "503", "The service is temporarily unavailable"

    def __init__(self, *problems: str | Problem, retry_after: int = 5) -> None:
        super().__init__(*problems, headers={"Retry-After": str(retry_after)})
