"""The error codes of S3: the HTTP status of each and what it says where nothing more is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Code(NamedTuple):
    """What goes with an error code."""

    status: int
    message: str


CODES: Mapping[str, Code] = {
    "AccessControlListNotSupported": Code(400, "The bucket does not allow ACLs"),
    "AccessForbidden": Code(403, "CORSResponse: This CORS request is not allowed."),
    "AccessDenied": Code(403, "Access Denied"),
    "AuthorizationHeaderMalformed": Code(400, "The Authorization header cannot be read"),
    "AuthorizationQueryParametersError": Code(400, "The query parameters of the signature cannot be read"),
    "BadDigest": Code(400, "The checksum or Content-MD5 given is not that of what was received"),
    "BadRequest": Code(400, "The request is not valid"),
    "BucketAlreadyExists": Code(409, "The bucket name is taken; names are unique over the whole service"),
    "BucketAlreadyOwnedByYou": Code(409, "The bucket exists and is yours"),
    "BucketNotEmpty": Code(409, "The bucket is not empty"),
    "ConditionalRequestConflict": Code(409, "Another request changed the object at the same time; try again"),
    "EntityTooLarge": Code(400, "The upload is larger than an object may be"),
    "EntityTooSmall": Code(400, "Every part but the last must have at least 5 MiB"),
    "ExpiredToken": Code(400, "The token has expired"),
    "IllegalLocationConstraintException": Code(400, "The location constraint does not fit this endpoint"),
    "IncompleteBody": Code(400, "Fewer bytes arrived than Content-Length promised"),
    "InsufficientStorage": Code(507, "There is no room left for this object"),
    "InternalError": Code(500, "An unexpected error occurred; try again"),
    "InvalidAccessKeyId": Code(403, "The access key does not exist"),
    "InvalidArgument": Code(400, "An argument is not valid"),
    "InvalidBucketAclWithObjectOwnership": Code(
        400, "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
    ),
    "InvalidBucketName": Code(400, "The bucket name is not valid"),
    "InvalidBucketState": Code(409, "The state of the bucket does not allow this"),
    "InvalidDigest": Code(400, "Content-MD5 is not the base64 form of 16 bytes"),
    "InvalidEncryptionAlgorithmError": Code(400, "The only encryption algorithm is AES256"),
    "InvalidLocationConstraint": Code(400, "There is no such region"),
    "InvalidObjectState": Code(403, "The state of the object does not allow this"),
    "InvalidPart": Code(400, "A part was not found, or its ETag is another"),
    "InvalidPartOrder": Code(400, "The parts must be listed in ascending order"),
    "InvalidPartNumber": Code(416, "The object has no such part"),
    "InvalidPolicyDocument": Code(400, "The form's policy is not valid"),
    "InvalidRange": Code(416, "The range lies outside the object"),
    "InvalidRedirectLocation": Code(400, "The redirect location must begin with / or http:// or https://"),
    "InvalidRequest": Code(400, "The request is not valid"),
    "InvalidRetentionPeriod": Code(400, "The retention period is not valid"),
    "InvalidStorageClass": Code(400, "The only storage class is STANDARD"),
    "InvalidTag": Code(400, "A tag is not valid"),
    "InvalidToken": Code(400, "The token is not valid"),
    "InvalidTargetBucketForLogging": Code(
        400, "The target bucket for logging does not exist or is not of this bucket's owner"
    ),
    "InvalidURI": Code(400, "The URI cannot be read"),
    "KeyTooLongError": Code(400, "The key is longer than 1024 bytes"),
    "MalformedACLError": Code(400, "The ACL cannot be read or breaks the schema"),
    "MalformedPOSTRequest": Code(400, "The body is not well-formed multipart/form-data"),
    "MalformedPolicy": Code(400, "The policy cannot be read or breaks the schema"),
    "MalformedTrailerError": Code(400, "The trailers are not those that were announced"),
    "MalformedXML": Code(400, "The XML cannot be read or breaks the schema"),
    "MaxMessageLengthExceeded": Code(400, "The request body is too large"),
    "MetadataTooLarge": Code(400, "The metadata headers are larger than 2048 bytes"),
    "MethodNotAllowed": Code(405, "The method is not allowed on this resource"),
    "MissingContentLength": Code(411, "The header Content-Length is missing"),
    "MissingFields": Code(400, "A field is missing"),
    "MissingRequestBodyError": Code(400, "The body is missing"),
    "MissingSecurityHeader": Code(400, "A required header is missing"),
    "NoSuchBucket": Code(404, "The bucket does not exist"),
    "NoSuchBucketPolicy": Code(404, "The bucket has no policy"),
    "NoSuchCORSConfiguration": Code(404, "The bucket has no CORS configuration"),
    "NoSuchKey": Code(404, "The key does not exist"),
    "NoSuchLifecycleConfiguration": Code(404, "The bucket has no lifecycle configuration"),
    "NoSuchObjectLockConfiguration": Code(404, "The object has no lock"),
    "NoSuchPublicAccessBlockConfiguration": Code(404, "The bucket has no public access block"),
    "NoSuchTagSet": Code(404, "There are no tags"),
    "NoSuchUpload": Code(404, "The upload does not exist; it may have been completed or aborted"),
    "NoSuchVersion": Code(404, "The version does not exist"),
    "NoSuchWebsiteConfiguration": Code(404, "The bucket has no website configuration"),
    "NotImplemented": Code(501, "Object Storage does not offer this"),
    "NotModified": Code(304, "Not Modified"),
    "ObjectLockConfigurationNotFoundError": Code(404, "The bucket has no object lock configuration"),
    "OperationAborted": Code(409, "Another request is changing the same thing; try again"),
    "OwnershipControlsNotFoundError": Code(404, "The bucket has no ownership controls"),
    "PermanentRedirect": Code(301, "The bucket must be addressed at another endpoint"),
    "PreconditionFailed": Code(412, "A condition of the request does not hold"),
    "QuotaExceeded": Code(403, "The contract may not keep more in Object Storage"),
    "ReplicationConfigurationNotFoundError": Code(404, "The bucket has no replication configuration"),
    "RequestHeaderSectionTooLarge": Code(400, "The request header is too large"),
    "RequestTimeTooSkewed": Code(403, "The time of the request is more than 15 minutes from the server's"),
    "RequestTimeout": Code(400, "The body did not arrive in time"),
    "ServerSideEncryptionConfigurationNotFoundError": Code(404, "The bucket has no default encryption"),
    "ServiceUnavailable": Code(503, "Object Storage is temporarily unavailable"),
    "SignatureDoesNotMatch": Code(403, "The signature is not that of the request; check the secret key"),
    "SlowDown": Code(503, "Too many requests; slow down"),
    "TooManyBuckets": Code(400, "The limit of buckets is reached"),
    "UnexpectedContent": Code(400, "This request takes no body"),
    "UnresolvableGrantByEmailAddress": Code(400, "No user has that e-mail address"),
    "XAmzContentChecksumMismatch": Code(400, "The checksum of the content is not the one given"),
    "XAmzContentSHA256Mismatch": Code(400, "x-amz-content-sha256 is not the hash of what was received"),
}
"""Every code that Ionstack answers with."""
