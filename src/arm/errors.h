#pragma once

#include "base/error.h"

namespace quaymaster::arm {

// The errors of Resource Manager itself, whatever the provider. Sources: backup.md, 4.2 and import-export.md, 15.2;
// codes as Azure publishes them.

inline constexpr ErrorRow kMissingApiVersion{
    400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests."};
inline constexpr ErrorRow kInvalidApiVersion{400, "InvalidApiVersionParameter",
                                             "The api-version '{}' is invalid. The supported versions are '{}'."};
inline constexpr ErrorRow kNoRegisteredProvider{
    400, "NoRegisteredProviderFound",
    "No registered resource provider found for API version '{}' for type '{}'. The supported api-versions are '{}' and "
    "newer."};
inline constexpr ErrorRow kInvalidResourceNamespace{404, "InvalidResourceNamespace",
                                                    "The resource namespace '{}' is invalid."};
inline constexpr ErrorRow kInvalidResourceType{
    404, "InvalidResourceType",
    "The resource type '{}' could not be found in the namespace '{}' for api version '{}'."};
inline constexpr ErrorRow kNoSuchPath{404, "NotFound", "The path '{}' was not found. Check its spelling."};
inline constexpr ErrorRow kMethodNotAllowed{405, "MethodNotAllowed",
                                            "The method '{}' is not allowed here. Allowed: {}."};
inline constexpr ErrorRow kNotOffered{501, "NotSupported", "The operation '{}' is not offered by this server: {}"};

inline constexpr ErrorRow kInvalidRequestContent{400, "InvalidRequestContent",
                                                 "The request content was invalid and could not be deserialized: '{}'"};
inline constexpr ErrorRow kMissingRequestBody{400, "InvalidRequestContent",
                                              "The request has no content. Operation '{}' needs a JSON body."};
inline constexpr ErrorRow kUnsupportedMediaType{
    415, "UnsupportedMediaType", "The content media type '{}' is not supported. Only 'application/json' is supported."};
inline constexpr ErrorRow kRequestTooLarge{413, "RequestContentTooLarge",
                                           "The request content is larger than the {} bytes that are allowed."};
inline constexpr ErrorRow kInvalidParameter{400, "InvalidParameter", "{}"};
inline constexpr ErrorRow kMissingRequiredProperty{400, "MissingRequiredProperty", "{}"};
inline constexpr ErrorRow kInvalidFilter{400, "InvalidParameter", "The $filter '{}' is not valid: {}"};

inline constexpr ErrorRow kSubscriptionNotFound{404, "SubscriptionNotFound",
                                                "The subscription '{}' could not be found."};
inline constexpr ErrorRow kResourceGroupNotFound{404, "ResourceGroupNotFound",
                                                 "Resource group '{}' could not be found."};
inline constexpr ErrorRow kResourceGroupBeingDeleted{
    409, "ResourceGroupBeingDeleted",
    "The resource group '{}' is in deprovisioning state and cannot perform this operation."};
inline constexpr ErrorRow kInvalidResourceGroupLocation{
    409, "InvalidResourceGroupLocation",
    "Invalid resource group location '{}'. The Resource group already exists in location '{}'."};
/// Arguments: "Microsoft.RecoveryServices/vaults/v1", resource group.
inline constexpr ErrorRow kResourceNotFound{
    404, "ResourceNotFound",
    "The Resource '{}' under resource group '{}' was not found. For more details please go to "
    "https://aka.ms/ARMResourceNotFoundFix"};
inline constexpr ErrorRow kOperationNotFound{404, "OperationNotFound", "The operation '{}' could not be found."};
inline constexpr ErrorRow kLocationNotAvailable{
    400, "LocationNotAvailableForResourceGroup",
    "The provided location '{}' is not available. List of available locations is '{}'."};
inline constexpr ErrorRow kInvalidLocationChange{
    409, "InvalidResourceLocation",
    "The resource '{}' already exists in location '{}'. A resource with the same name cannot be created in location "
    "'{}'. Please select a new resource name."};

/// Arguments: client id, object id, action and scope of the request, path, missing action.
inline constexpr ErrorRow kPathOfAnother{
    403, "LinkedAuthorizationFailed",
    "The client '{}' with object id '{}' has permission to perform action '{}' on scope '{}'; however, the path '{}' "
    "overlaps the file or directory of another resource, and the client does not have permission to perform action "
    "'{}' there. Choose another path, or ask for a role at that resource."};

// Tags, of resources and groups alike. Source: "Use tags to organize your Azure resources", limitations; codes as
// clients report them.
inline constexpr ErrorRow kTooManyTags{
    400, "TooManyTags", "The request has {} tags. A resource or resource group can have at most {}; remove some."};
/// Arguments: name, maximum number of characters.
inline constexpr ErrorRow kTagNameTooLong{400, "InvalidTagName",
                                          "Tag key too large. Following tag name '{}' exceeded the maximum length. "
                                          "Maximum allowed length for tag name - '{}' characters."};
inline constexpr ErrorRow kInvalidTagName{400, "InvalidTagName", "The tag name '{}' is not valid: {}"};
inline constexpr ErrorRow kTagNameCharacters{400, "InvalidTagNameCharacters",
                                             "The tag names '{}' have reserved characters '<,>,%,&,\\,?,/' or control "
                                             "characters."};
/// Arguments: value, maximum number of characters.
inline constexpr ErrorRow kTagValueTooLong{400, "InvalidTagValueLength",
                                           "Tag value too large. Following tag value '{}' exceeded the maximum length. "
                                           "Maximum allowed length for tag value - '{}' characters."};

inline constexpr ErrorRow kPathTakenMeanwhile{
    409, "Conflict", "Another request registered the path '{}' at the same time. Send the request again."};

// One for every Errc that no provider has a row for. The cause is not published: it may name a path or a key.
inline constexpr ErrorRow kNotFound{404, "NotFound", "The resource was not found."};
inline constexpr ErrorRow kConflict{409, "Conflict", "The request conflicts with the current state of the resource."};
inline constexpr ErrorRow kPreconditionFailed{412, "PreconditionFailed", "A precondition of the request is not met."};
inline constexpr ErrorRow kInvalid{400, "BadRequest", "The request is not valid."};
inline constexpr ErrorRow kUnauthenticated{401, "AuthenticationFailed", "Authentication failed."};
inline constexpr ErrorRow kForbidden{403, "AuthorizationFailed", "The request is not allowed."};
inline constexpr ErrorRow kTooLarge{413, "RequestContentTooLarge", "The request is too large."};
inline constexpr ErrorRow kBusy{503, "ServiceUnavailable", "The server is busy. Please try again."};
inline constexpr ErrorRow kInternal{
    500, "InternalServerError",
    "The server encountered an internal error. Its log has the cause under the request id."};
inline constexpr ErrorRow kNoSpace{
    507, "InsufficientStorage",
    "The server's disk is full. Nothing was changed; try again after space has been freed."};
inline constexpr ErrorRow kUnsupported{501, "NotSupported",
                                       "The request is valid, but this server does not offer the operation."};

inline constexpr const ErrorRow* kRows[] = {
    &kMissingApiVersion,
    &kInvalidApiVersion,
    &kNoRegisteredProvider,
    &kInvalidResourceNamespace,
    &kInvalidResourceType,
    &kNoSuchPath,
    &kMethodNotAllowed,
    &kNotOffered,
    &kInvalidRequestContent,
    &kMissingRequestBody,
    &kUnsupportedMediaType,
    &kRequestTooLarge,
    &kInvalidParameter,
    &kMissingRequiredProperty,
    &kInvalidFilter,
    &kSubscriptionNotFound,
    &kResourceGroupNotFound,
    &kResourceGroupBeingDeleted,
    &kInvalidResourceGroupLocation,
    &kResourceNotFound,
    &kOperationNotFound,
    &kLocationNotAvailable,
    &kInvalidLocationChange,
    &kPathOfAnother,
    &kPathTakenMeanwhile,
    &kTooManyTags,
    &kTagNameTooLong,
    &kInvalidTagName,
    &kTagNameCharacters,
    &kTagValueTooLong,
    &kNotFound,
    &kConflict,
    &kPreconditionFailed,
    &kInvalid,
    &kUnauthenticated,
    &kForbidden,
    &kTooLarge,
    &kBusy,
    &kInternal,
    &kNoSpace,
    &kUnsupported,
};

/// The row for an error that has none itself.
const ErrorRow& generic_row(Errc kind);

}  // namespace quaymaster::arm
