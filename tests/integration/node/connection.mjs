// A connection to the server under test, and short forms of what an
// application sends to it.

import * as grpc from "@grpc/grpc-js";
import { v1 } from "@authzed/authzed-node";
import protobuf from "protobufjs";

export function connect(token = process.env.KITH_TEST_TOKEN) {
  return v1.NewClient(
    token,
    process.env.KITH_TEST_ENDPOINT,
    v1.ClientSecurity.INSECURE_PLAINTEXT_CREDENTIALS,
  );
}

// `type:id`
export function object(text) {
  const [objectType, objectId] = text.split(":");
  return { objectType, objectId };
}

// `type:id` or `type:id#relation`
export function subject(text) {
  const [left, optionalRelation = ""] = text.split("#");
  return { object: object(left), optionalRelation };
}

// `type:id#relation@type:id[#relation]`
export function relationship(text, more = {}) {
  const [left, right] = text.split("@");
  const [resource, relation] = left.split("#");
  return {
    resource: object(resource),
    relation,
    subject: subject(right),
    ...more,
  };
}

export function textOf({ resource, relation, subject }) {
  const end = subject.optionalRelation ? `#${subject.optionalRelation}` : "";
  return (
    `${resource.objectType}:${resource.objectId}#${relation}` +
    `@${subject.object.objectType}:${subject.object.objectId}${end}`
  );
}

const { CREATE, TOUCH, DELETE } = v1.RelationshipUpdate_Operation;

function update(operation) {
  return (text, more) => ({
    operation,
    relationship: relationship(text, more),
  });
}

export const create = update(CREATE);
export const touch = update(TOUCH);
export const remove = update(DELETE);

export function filter(resourceType, more = {}) {
  return v1.RelationshipFilter.create({ resourceType, ...more });
}

export function struct(object) {
  return v1.PbStruct.fromJson(object);
}

export function caveat(caveatName, context) {
  return { optionalCaveat: { caveatName, context: struct(context) } };
}

function requirement(oneofKind, value) {
  return { requirement: { oneofKind, [oneofKind]: value } };
}

export const fullyConsistent = requirement("fullyConsistent", true);
export const minimizeLatency = requirement("minimizeLatency", true);
export const atLeastAsFresh = (token) => requirement("atLeastAsFresh", token);
export const atExactSnapshot = (token) => requirement("atExactSnapshot", token);

export const HAS = v1.CheckPermissionResponse_Permissionship.HAS_PERMISSION;
export const NO = v1.CheckPermissionResponse_Permissionship.NO_PERMISSION;
export const CONDITIONAL =
  v1.CheckPermissionResponse_Permissionship.CONDITIONAL_PERMISSION;

export function check(resource, permission, who, more = {}) {
  return v1.CheckPermissionRequest.create({
    resource: object(resource),
    permission,
    subject: subject(who),
    ...more,
  });
}

const ErrorDetails = protobuf.parse(`
  syntax = "proto3";
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2;
                   repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2;
                      map<string, string> metadata = 3; }
`).root;

// What an application can learn of an error: its code, and of its ErrorInfo,
// when it has one, the reason and the metadata.
export function errorOf(error) {
  const code = grpc.status[error.code];
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  if (bytes === undefined) return { code };
  const status = ErrorDetails.lookupType("Status").decode(bytes);
  const detail = status.details.find(
    (any) => any.typeUrl === "type.googleapis.com/google.rpc.ErrorInfo",
  );
  const info = ErrorDetails.lookupType("ErrorInfo").decode(detail.value);
  return {
    code,
    reason: info.reason,
    domain: info.domain,
    metadata: { ...info.metadata },
  };
}

// The error that a promise must end in.
export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return errorOf(error);
  }
  throw new Error("the call was to fail");
}
