#pragma once

#include "base/error.h"
#include "identity/signatures/sas.h"
#include "identity/signatures/shared_key.h"

/// The published errors of the Blob service that we use (blob.md, 17). Those of signatures are in
/// identity/signatures/sas.h and identity/signatures/shared_key.h. The face adds RequestId and Time to the sentence.
namespace quaymaster::storage {

#define QM_BLOB_ERROR(name, status, code, sentence) inline constexpr ErrorRow name{status, code, sentence};
// Conditions.
QM_BLOB_ERROR(kNotModified, 304, "ConditionNotMet",
              "The condition specified using HTTP conditional header(s) is not met.")
QM_BLOB_ERROR(kConditionNotMet, 412, "ConditionNotMet",
              "The condition specified using HTTP conditional header(s) is not met.")
QM_BLOB_ERROR(kUnsatisfiableCondition, 400, "UnsatisfiableCondition",
              "The request includes an unsatisfiable condition for this operation.")
QM_BLOB_ERROR(kMultipleConditions, 400, "MultipleConditionHeadersNotSupported",
              "Multiple condition headers are not supported.")
QM_BLOB_ERROR(kConditionHeaders, 400, "ConditionHeadersNotSupported", "Condition headers are not supported.")
QM_BLOB_ERROR(kNoBlobLease, 412, "LeaseNotPresentWithBlobOperation", "There is currently no lease on the blob.")
QM_BLOB_ERROR(kNoContainerLease, 412, "LeaseNotPresentWithContainerOperation",
              "There is currently no lease on the container.")
// The form of a request.
QM_BLOB_ERROR(kInvalidHeaderValue, 400, "InvalidHeaderValue",
              "The value for one of the HTTP headers is not in the correct format.")
QM_BLOB_ERROR(kMissingHeader, 400, "MissingRequiredHeader",
              "An HTTP header that's mandatory for this request is not specified.")
QM_BLOB_ERROR(kUnsupportedHeader, 400, "UnsupportedHeader",
              "One of the HTTP headers specified in the request is not supported.")
QM_BLOB_ERROR(kHeaderNotOffered, 400, "UnsupportedHeader",
              "The HTTP header {} is not supported by this server: {}. Repeat the request without it.")
QM_BLOB_ERROR(kPropertiesTooLarge, 400, "InvalidHeaderValue",
              "The values of the blob's content headers exceed {} bytes together. Shorten them and repeat the request.")
QM_BLOB_ERROR(kInvalidParameter, 400, "InvalidQueryParameterValue",
              "Value for one of the query parameters specified in the request URI is invalid.")
QM_BLOB_ERROR(kMissingParameter, 400, "MissingRequiredQueryParameter",
              "A query parameter that's mandatory for this request is not specified.")
QM_BLOB_ERROR(kParameterOutOfRange, 400, "OutOfRangeQueryParameterValue",
              "One of the query parameters specified in the request URI is outside the permissible range.")
QM_BLOB_ERROR(kParameterNotOffered, 400, "UnsupportedQueryParameter",
              "The query parameter {} is not supported by this server: {}. Repeat the request without it.")
QM_BLOB_ERROR(kOutOfRangeInput, 400, "OutOfRangeInput", "One of the request inputs is out of range.")
QM_BLOB_ERROR(kNameLength, 400, "OutOfRangeInput",
              "The specified resource name length is not within the permissible limits.")
QM_BLOB_ERROR(kInvalidInput, 400, "InvalidInput", "One of the request inputs is not valid.")
QM_BLOB_ERROR(kInvalidUri, 400, "InvalidUri", "The requested URI does not represent any resource on the server.")
QM_BLOB_ERROR(kInvalidResourceName, 400, "InvalidResourceName",
              "The specified resource name contains invalid characters.")
QM_BLOB_ERROR(kInvalidVerb, 405, "UnsupportedHttpVerb", "The resource doesn't support specified Http Verb.")
QM_BLOB_ERROR(kInvalidMetadata, 400, "InvalidMetadata",
              "The metadata specified is invalid. It has characters that are not permitted.")
QM_BLOB_ERROR(kEmptyMetadataKey, 400, "EmptyMetadataKey", "The key for one of the metadata key-value pairs is empty.")
QM_BLOB_ERROR(kMetadataTooLarge, 400, "MetadataTooLarge",
              "The metadata specified exceeds the maximum permissible limit.")
QM_BLOB_ERROR(kInvalidXml, 400, "InvalidXmlDocument", "XML specified is not syntactically valid.")
QM_BLOB_ERROR(kInvalidXmlValue, 400, "InvalidXmlNodeValue",
              "The value for one of the XML nodes is not in the correct format.")
QM_BLOB_ERROR(kMissingXml, 400, "MissingRequiredXmlNode", "A required XML node was not specified in the request body.")
QM_BLOB_ERROR(kUnsupportedXml, 400, "UnsupportedXmlNode",
              "One of the XML nodes specified in the request body is not supported.")
QM_BLOB_ERROR(kMissingLength, 411, "MissingContentLengthHeader", "The Content-Length header was not specified.")
QM_BLOB_ERROR(kBodyTooLarge, 413, "RequestBodyTooLarge",
              "The request body is too large and exceeds the maximum permissible limit.")
// Requirements of a body.
QM_BLOB_ERROR(kInvalidMd5, 400, "InvalidMd5",
              "The MD5 value specified in the request is invalid. MD5 value must be 128 bits and base64-encoded.")
QM_BLOB_ERROR(kMd5Mismatch, 400, "Md5Mismatch",
              "The MD5 value specified in the request did not match with the MD5 value calculated by the server.")
QM_BLOB_ERROR(kCrc64Mismatch, 400, "Crc64Mismatch",
              "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.")
QM_BLOB_ERROR(kBothChecksums, 400, "BothCrc64AndMd5HeaderPresent",
              "Both x-ms-content-crc64 header and Content-MD5 header are present.")
QM_BLOB_ERROR(kInvalidBlobOrBlock, 400, "InvalidBlobOrBlock", "The specified blob or block content is invalid.")
QM_BLOB_ERROR(kInvalidBlockList, 400, "InvalidBlockList", "The specified block list is invalid.")
QM_BLOB_ERROR(kBlockListTooLong, 400, "BlockListTooLong", "The block list may not contain more than 50,000 blocks.")
// Authentication.
QM_BLOB_ERROR(
    kNoAuthentication, 401, "NoAuthenticationInformation",
    "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.")
QM_BLOB_ERROR(
    kInvalidToken, 401, "InvalidAuthenticationInfo",
    "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.")
QM_BLOB_ERROR(kBadAuthorization, 400, "InvalidAuthenticationInfo",
              "Authentication information is not given in the correct format. Check the value of Authorization header.")
QM_BLOB_ERROR(kAuthorizationFailure, 403, "AuthorizationFailure",
              "This request is not authorized to perform this operation.")
QM_BLOB_ERROR(kKeysNotTaken, 403, "KeyBasedAuthenticationNotPermitted",
              "Key based authentication is not permitted on this storage account.")
QM_BLOB_ERROR(kBlobOverwrite, 403, "UnauthorizedBlobOverwrite",
              "This request is not authorized to perform blob overwrites.")
QM_BLOB_ERROR(kCorsPreflight, 403, "CorsPreflightFailure",
              "CORS not enabled or no matching rule found for this request.")
QM_BLOB_ERROR(kSecondaryWrite, 403, "InsufficientAccountPermissions",
              "Write operations are not allowed on the secondary endpoint.")
// Existing and missing resources.
QM_BLOB_ERROR(kResourceNotFound, 404, "ResourceNotFound", "The specified resource does not exist.")
QM_BLOB_ERROR(kContainerNotFound, 404, "ContainerNotFound", "The specified container does not exist.")
QM_BLOB_ERROR(kBlobNotFound, 404, "BlobNotFound", "The specified blob does not exist.")
QM_BLOB_ERROR(kContainerExists, 409, "ContainerAlreadyExists", "The specified container already exists.")
QM_BLOB_ERROR(kBlobExists, 409, "BlobAlreadyExists", "The specified blob already exists.")
QM_BLOB_ERROR(kInvalidBlobType, 409, "InvalidBlobType", "The blob type is invalid for this operation.")
QM_BLOB_ERROR(kBlockCount, 409, "BlockCountExceedsLimit",
              "The uncommitted block count cannot exceed the maximum limit of 100,000 blocks.")
QM_BLOB_ERROR(kPublicAccess, 409, "PublicAccessNotPermitted", "Public access is not permitted on this storage account.")
QM_BLOB_ERROR(kInvalidRange, 416, "InvalidRange",
              "The range specified is invalid for the current size of the resource.")
// The server.
QM_BLOB_ERROR(kInternalError, 500, "InternalError",
              "Server encountered an internal error. Please try again after some time.")
QM_BLOB_ERROR(kNotImplemented, 501, "NotImplemented", "The requested operation is not offered by this server: {}.")
QM_BLOB_ERROR(kNotOffered, 501, "NotImplemented",
              "The requested operation is not implemented on the specified resource.")
QM_BLOB_ERROR(kServerBusy, 503, "ServerBusy",
              "The server is currently unable to receive requests. Please retry your request.")
QM_BLOB_ERROR(kNoSpace, 503, "ServerBusy",
              "The server's disk is full. Delete blobs or have space freed on it, then repeat the request.")
#undef QM_BLOB_ERROR

inline constexpr const ErrorRow* kBlobErrorRows[] = {&kNotModified,
                                                     &kConditionNotMet,
                                                     &kUnsatisfiableCondition,
                                                     &kMultipleConditions,
                                                     &kConditionHeaders,
                                                     &kNoBlobLease,
                                                     &kNoContainerLease,
                                                     &kInvalidHeaderValue,
                                                     &kMissingHeader,
                                                     &kUnsupportedHeader,
                                                     &kHeaderNotOffered,
                                                     &kPropertiesTooLarge,
                                                     &kInvalidParameter,
                                                     &kMissingParameter,
                                                     &kParameterOutOfRange,
                                                     &kParameterNotOffered,
                                                     &kOutOfRangeInput,
                                                     &kNameLength,
                                                     &kInvalidInput,
                                                     &kInvalidUri,
                                                     &kInvalidResourceName,
                                                     &kInvalidVerb,
                                                     &kInvalidMetadata,
                                                     &kEmptyMetadataKey,
                                                     &kMetadataTooLarge,
                                                     &kInvalidXml,
                                                     &kInvalidXmlValue,
                                                     &kMissingXml,
                                                     &kUnsupportedXml,
                                                     &kMissingLength,
                                                     &kBodyTooLarge,
                                                     &kInvalidMd5,
                                                     &kMd5Mismatch,
                                                     &kCrc64Mismatch,
                                                     &kBothChecksums,
                                                     &kInvalidBlobOrBlock,
                                                     &kInvalidBlockList,
                                                     &kBlockListTooLong,
                                                     &kNoAuthentication,
                                                     &kInvalidToken,
                                                     &kBadAuthorization,
                                                     &kAuthorizationFailure,
                                                     &kKeysNotTaken,
                                                     &kBlobOverwrite,
                                                     &kCorsPreflight,
                                                     &kSecondaryWrite,
                                                     &kResourceNotFound,
                                                     &kContainerNotFound,
                                                     &kBlobNotFound,
                                                     &kContainerExists,
                                                     &kBlobExists,
                                                     &kInvalidBlobType,
                                                     &kBlockCount,
                                                     &kPublicAccess,
                                                     &kInvalidRange,
                                                     &kInternalError,
                                                     &kNotImplemented,
                                                     &kNotOffered,
                                                     &kServerBusy,
                                                     &kNoSpace,
                                                     &identity::kSignatureFailed,
                                                     &identity::kSasPermission,
                                                     &identity::kSasProtocol,
                                                     &identity::kSasSourceIp,
                                                     &identity::kSasService,
                                                     &identity::kSasResourceType};

/// A refusal for a missing header.
inline Error refuse_missing(const ErrorRow& row, std::string_view name) {
  auto error = refuse(Errc::invalid, row);
  return std::move(error).with("HeaderName", std::string(name));
}
/// A refusal that names the header, as tools show it.
inline Error refuse_header(const ErrorRow& row, std::string_view name, std::string_view value) {
  auto error = refuse(Errc::invalid, row);
  return std::move(error).with("HeaderName", std::string(name)).with("HeaderValue", std::string(value));
}
/// The same for a query parameter, with the reason.
inline Error refuse_parameter(const ErrorRow& row, std::string_view name, std::string_view value,
                              std::string_view reason) {
  auto error = refuse(Errc::invalid, row);
  return std::move(error)
      .with("QueryParameterName", std::string(name))
      .with("QueryParameterValue", std::string(value))
      .with("Reason", std::string(reason));
}

}  // namespace quaymaster::storage
