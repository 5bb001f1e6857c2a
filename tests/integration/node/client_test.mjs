// A real client of the public API, used as an application uses it.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { v1 } from "@authzed/authzed-node";
import {
  CONDITIONAL,
  HAS,
  NO,
  atExactSnapshot,
  atLeastAsFresh,
  caveat,
  check,
  connect,
  create,
  failure,
  filter,
  fullyConsistent,
  minimizeLatency,
  object,
  relationship,
  remove,
  struct,
  subject,
  textOf,
  touch,
} from "./connection.mjs";

const SCHEMA = `use expiration

caveat from_office(ip ipaddress, network string) {
  ip.in_cidr(network)
}

definition user {}

definition team {
  relation member: user | team#member
}

definition folder {
  relation viewer: user | team#member
  permission view = viewer
}

definition document {
  relation parent: folder
  relation owner: user
  relation viewer: user | user:* | team#member | user with from_office |
      user with expiration
  relation banned: user
  permission edit = owner
  permission view = (viewer + edit + parent->view) - banned
}
`;

const client = connect();
const { promises: kith } = client;
after(() => client.close());

async function permissionship(request) {
  return (await kith.checkPermission(request)).permissionship;
}

async function write(...updates) {
  const response = await kith.writeRelationships({
    updates,
    optionalPreconditions: [],
  });
  return response.writtenAt;
}

async function stored(resourceType) {
  const found = await kith.readRelationships({
    relationshipFilter: filter(resourceType),
    optionalLimit: 0,
  });
  return found.map((item) => textOf(item.relationship)).sort();
}

test("a schema is written and read back", async () => {
  assert.deepEqual(await failure(kith.readSchema({})), { code: "NOT_FOUND" });
  const written = await kith.writeSchema({ schema: SCHEMA });
  assert.notEqual(written.writtenAt.token, "");
  const read = await kith.readSchema({});
  assert.match(read.schemaText, /definition document \{/);
  assert.match(read.schemaText, /permission view = /);
  assert.equal(read.readAt.token, written.writtenAt.token);
  // What was read is a schema that can be written.
  await kith.writeSchema({ schema: read.schemaText });
  assert.equal((await kith.readSchema({})).schemaText, read.schemaText);
});

test("relationships are written, checked and read", async () => {
  const token = await write(
    touch("document:plan#parent@folder:work"),
    touch("document:plan#owner@user:olga"),
    touch("document:plan#banned@user:ben"),
    touch("folder:work#viewer@team:eng#member"),
    touch("team:eng#member@team:core#member"),
    touch("team:core#member@user:cleo"),
    touch("team:core#member@user:ben"),
  );
  const consistency = atLeastAsFresh(token);
  for (const [who, expected] of [
    ["user:olga", HAS],
    ["user:cleo", HAS],
    ["user:ben", NO],
    ["user:nobody", NO],
    ["team:core#member", HAS],
  ]) {
    const request = check("document:plan", "view", who, { consistency });
    assert.equal(await permissionship(request), expected, who);
  }
  const answer = await kith.checkPermission(
    check("document:plan", "view", "user:olga", { consistency }),
  );
  assert.notEqual(answer.checkedAt.token, "");
  assert.deepEqual(await stored("document"), [
    "document:plan#banned@user:ben",
    "document:plan#owner@user:olga",
    "document:plan#parent@folder:work",
  ]);
});

test("a token names the past, and the present is never stale", async () => {
  const before = await write(touch("document:old#viewer@user:olga"));
  const after = await write(remove("document:old#viewer@user:olga"));
  const ask = (consistency) =>
    permissionship(check("document:old", "view", "user:olga", { consistency }));
  assert.equal(await ask(atExactSnapshot(before)), HAS);
  assert.equal(await ask(atExactSnapshot(after)), NO);
  assert.equal(await ask(atLeastAsFresh(before)), NO);
  assert.equal(await ask(fullyConsistent), NO);
  assert.equal(await ask(minimizeLatency), NO);
  assert.equal(await ask(undefined), NO);
});

test("caveats take their context from both sides", async () => {
  const token = await write(
    touch(
      "document:plan#viewer@user:iris",
      caveat("from_office", { network: "10.0.0.0/8" }),
    ),
  );
  const ask = (context) =>
    kith.checkPermission(
      check("document:plan", "view", "user:iris", {
        consistency: atLeastAsFresh(token),
        context: context && struct(context),
      }),
    );
  assert.equal((await ask({ ip: "10.1.2.3" })).permissionship, HAS);
  assert.equal((await ask({ ip: "192.168.1.1" })).permissionship, NO);
  const unknown = await ask();
  assert.equal(unknown.permissionship, CONDITIONAL);
  assert.deepEqual(unknown.partialCaveatInfo.missingRequiredContext, ["ip"]);
  const wrong = await failure(ask({ ip: 7 }));
  assert.equal(wrong.code, "INVALID_ARGUMENT");
  assert.equal(wrong.reason, "ERROR_REASON_CAVEAT_PARAMETER_TYPE_ERROR");
  // It is read back as it was written.
  const [item] = await kith.readRelationships({
    relationshipFilter: filter("document", {
      optionalSubjectFilter: {
        subjectType: "user",
        optionalSubjectId: "iris",
      },
    }),
    optionalLimit: 0,
  });
  const { caveatName, context } = item.relationship.optionalCaveat;
  assert.equal(caveatName, "from_office");
  assert.deepEqual(v1.PbStruct.toJson(context), { network: "10.0.0.0/8" });
});

test("relationships expire", async () => {
  const expiring = (text, seconds) =>
    touch(text, {
      optionalExpiresAt: { seconds: String(seconds), nanos: 500_000_000 },
    });
  const now = Math.floor(Date.now() / 1000);
  const token = await write(
    expiring("document:plan#viewer@user:late", now - 10),
    expiring("document:plan#viewer@user:timely", now + 3600),
  );
  const consistency = atLeastAsFresh(token);
  const ask = (who) =>
    permissionship(check("document:plan", "view", who, { consistency }));
  assert.equal(await ask("user:late"), NO);
  assert.equal(await ask("user:timely"), HAS);
  const texts = await stored("document");
  assert.ok(!texts.includes("document:plan#viewer@user:late"));
  assert.ok(texts.includes("document:plan#viewer@user:timely"));
});

test("bulk checks answer in order, each with its own error", async () => {
  const ask = (permission, who) => ({
    resource: object("document:plan"),
    permission,
    subject: subject(who),
  });
  const response = await kith.checkBulkPermissions({
    consistency: fullyConsistent,
    items: [
      ask("view", "user:olga"),
      ask("view", "user:ben"),
      ask("no_such", "user:olga"),
      ask("view", "user:iris"),
    ],
    withTracing: false,
  });
  const kinds = response.pairs.map((pair) => pair.response.oneofKind);
  assert.deepEqual(kinds, ["item", "item", "error", "item"]);
  const [olga, ben, error, iris] = response.pairs.map((p) => p.response);
  assert.equal(olga.item.permissionship, HAS);
  assert.equal(ben.item.permissionship, NO);
  assert.equal(error.error.code, 9);
  assert.match(error.error.message, /no_such/);
  assert.equal(iris.item.permissionship, CONDITIONAL);
  assert.equal(response.pairs[2].request.permission, "no_such");
});

test("preconditions and metadata guard and mark a write", async () => {
  const { MUST_MATCH, MUST_NOT_MATCH } = v1.Precondition_Operation;
  const guarded = (operation, guard) =>
    kith.writeRelationships({
      updates: [create("document:guarded#owner@user:olga")],
      optionalPreconditions: [{ operation, filter: guard }],
      optionalTransactionMetadata: struct({ ticket: "T-1", nested: { n: 1 } }),
    });
  const guard = filter("folder", { optionalResourceId: "work" });
  const refused = await failure(guarded(MUST_NOT_MATCH, guard));
  assert.deepEqual(refused, {
    code: "FAILED_PRECONDITION",
    reason: "ERROR_REASON_WRITE_OR_DELETE_PRECONDITION_FAILURE",
    domain: "authzed.com",
    metadata: {
      precondition_operation: "OPERATION_MUST_NOT_MATCH",
      precondition_resource_type: "folder",
      precondition_resource_id: "work",
    },
  });
  assert.ok(!(await stored("document")).some((t) => /guarded/.test(t)));
  await guarded(MUST_MATCH, guard);
  assert.ok((await stored("document")).some((t) => /guarded/.test(t)));
});

test("errors have codes and reasons", async () => {
  const again = create("document:guarded#owner@user:olga");
  const exists = await failure(write(again));
  assert.equal(exists.code, "ALREADY_EXISTS");
  assert.equal(
    exists.reason,
    "ERROR_REASON_ATTEMPT_TO_RECREATE_RELATIONSHIP",
  );
  assert.equal(exists.metadata.resource_object_id, "guarded");

  const unknown = await failure(
    kith.checkPermission(check("document:plan", "no_such", "user:olga")),
  );
  assert.deepEqual(unknown, {
    code: "FAILED_PRECONDITION",
    reason: "ERROR_REASON_UNKNOWN_RELATION_OR_PERMISSION",
    domain: "authzed.com",
    metadata: {
      definition_name: "document",
      relation_or_permission_name: "no_such",
    },
  });

  const parse = await failure(kith.writeSchema({ schema: "definition {" }));
  assert.equal(parse.reason, "ERROR_REASON_SCHEMA_PARSE_ERROR");
  assert.equal(parse.metadata.start_line_number, "1");

  const stranger = connect("not-the-key");
  const denied = await failure(stranger.promises.readSchema({}));
  assert.equal(denied.code, "PERMISSION_DENIED");
  stranger.close();
});

test("reading goes on at a cursor", async () => {
  const names = ["a", "b", "c", "d", "e"];
  await write(...names.map((n) => touch(`folder:pages#viewer@user:${n}`)));
  const seen = [];
  let optionalCursor;
  for (;;) {
    const page = await kith.readRelationships({
      relationshipFilter: filter("folder", { optionalResourceId: "pages" }),
      optionalLimit: 2,
      optionalCursor,
    });
    if (page.length === 0) break;
    assert.ok(page.length <= 2);
    seen.push(...page.map((i) => i.relationship.subject.object.objectId));
    optionalCursor = page.at(-1).afterResultCursor;
  }
  assert.deepEqual(seen.sort(), names);
});

test("a permission expands into a tree", async () => {
  const { treeRoot } = await kith.expandPermissionTree({
    consistency: fullyConsistent,
    resource: object("document:plan"),
    permission: "view",
  });
  assert.equal(treeRoot.expandedRelation, "view");
  assert.equal(treeRoot.treeType.oneofKind, "intermediate");
  const leaves = (tree) =>
    tree.treeType.oneofKind === "leaf"
      ? tree.treeType.leaf.subjects.map((s) => s.object.objectId)
      : tree.treeType.intermediate.children.flatMap(leaves);
  assert.ok(leaves(treeRoot).includes("olga"));
  assert.equal(
    treeRoot.treeType.intermediate.operation,
    v1.AlgebraicSubjectSet_Operation.EXCLUSION,
  );
});

test("relationships are deleted by filter", async () => {
  const pages = filter("folder", { optionalResourceId: "pages" });
  const ask = (more) =>
    kith.deleteRelationships({
      relationshipFilter: pages,
      optionalPreconditions: [],
      optionalLimit: 2,
      optionalAllowPartialDeletions: false,
      ...more,
    });
  const tooMany = await failure(ask({}));
  assert.equal(
    tooMany.reason,
    "ERROR_REASON_TOO_MANY_RELATIONSHIPS_FOR_TRANSACTIONAL_DELETE",
  );
  const Progress = v1.DeleteRelationshipsResponse_DeletionProgress;
  const part = await ask({ optionalAllowPartialDeletions: true });
  assert.equal(part.deletionProgress, Progress.PARTIAL);
  assert.equal(part.relationshipsDeletedCount, "2");
  const rest = await ask({ optionalLimit: 0 });
  assert.equal(rest.deletionProgress, Progress.COMPLETE);
  assert.equal(rest.relationshipsDeletedCount, "3");
  assert.ok(!(await stored("folder")).some((t) => /pages/.test(t)));
});

test("resources are looked up, page by page", async () => {
  const names = ["lr1", "lr2", "lr3", "lr4", "lr5"];
  const token = await write(
    ...names.map((n) => touch(`document:${n}#viewer@user:lou`)),
    touch(
      "document:lr6#viewer@user:lou",
      caveat("from_office", { network: "10.0.0.0/8" }),
    ),
  );
  const ask = (more) =>
    kith.lookupResources(
      v1.LookupResourcesRequest.create({
        consistency: atLeastAsFresh(token),
        resourceObjectType: "document",
        permission: "view",
        subject: subject("user:lou"),
        ...more,
      }),
    );
  const all = await ask();
  const idsOf = (found) => found.map((item) => item.resourceObjectId).sort();
  assert.deepEqual(idsOf(all), [...names, "lr6"]);
  const conditional = all.find((item) => item.resourceObjectId === "lr6");
  assert.equal(
    conditional.permissionship,
    v1.LookupPermissionship.CONDITIONAL_PERMISSION,
  );
  assert.deepEqual(conditional.partialCaveatInfo.missingRequiredContext, [
    "ip",
  ]);
  const outside = await ask({ context: struct({ ip: "192.168.0.1" }) });
  assert.deepEqual(idsOf(outside), names);
  const paged = [];
  let optionalCursor;
  for (;;) {
    const page = await ask({ optionalLimit: 2, optionalCursor });
    if (page.length === 0) break;
    paged.push(...page);
    optionalCursor = page.at(-1).afterResultCursor;
  }
  assert.deepEqual(idsOf(paged), [...names, "lr6"]);
});

test("subjects are looked up, wildcards with their exceptions", async () => {
  const token = await write(
    touch("document:open#viewer@user:*"),
    touch("document:open#banned@user:ben"),
    touch("document:open#owner@user:olga"),
  );
  const found = await kith.lookupSubjects(
    v1.LookupSubjectsRequest.create({
      consistency: atLeastAsFresh(token),
      resource: object("document:open"),
      permission: "view",
      subjectObjectType: "user",
    }),
  );
  const byId = new Map(
    found.map((item) => [item.subject.subjectObjectId, item]),
  );
  assert.ok(byId.has("*"));
  assert.deepEqual(
    byId.get("*").excludedSubjects.map((s) => s.subjectObjectId),
    ["ben"],
  );
  assert.ok(!byId.has("ben"));
  assert.equal(
    byId.get("olga").subject.permissionship,
    v1.LookupPermissionship.HAS_PERMISSION,
  );
  const teams = await kith.lookupSubjects(
    v1.LookupSubjectsRequest.create({
      consistency: fullyConsistent,
      resource: object("folder:work"),
      permission: "view",
      subjectObjectType: "team",
      optionalSubjectRelation: "member",
    }),
  );
  assert.deepEqual(
    teams.map((item) => item.subject.subjectObjectId).sort(),
    ["core", "eng"],
  );
});

test("relationships are imported and exported in bulk", async () => {
  const texts = Array.from({ length: 50 }, (_, i) => `team:bulk${i}`).map(
    (team) => `${team}#member@user:bulk`,
  );
  const importAll = (batches) =>
    new Promise((resolve, reject) => {
      const call = client.importBulkRelationships((error, response) =>
        error ? reject(error) : resolve(response),
      );
      for (const batch of batches) {
        call.write({ relationships: batch.map((text) => relationship(text)) });
      }
      call.end();
    });
  const half = [texts.slice(0, 25), texts.slice(25)];
  assert.equal((await importAll(half)).numLoaded, "50");
  const again = await failure(
    importAll([["team:new#member@user:bulk"], half[0]]),
  );
  assert.equal(again.code, "ALREADY_EXISTS");
  assert.ok(!(await stored("team")).includes("team:new#member@user:bulk"));

  const exported = [];
  let optionalCursor;
  for (let pages = 0; ; ++pages) {
    assert.ok(pages < 20, "the export does not end");
    const responses = await kith.exportBulkRelationships(
      v1.ExportBulkRelationshipsRequest.create({
        consistency: fullyConsistent,
        optionalLimit: 20,
        optionalCursor,
        optionalRelationshipFilter: filter("team", {
          optionalResourceIdPrefix: "bulk",
        }),
      }),
    );
    exported.push(...responses.flatMap((r) => r.relationships.map(textOf)));
    // The client's promise gathers the whole stream.
    if (responses.length === 0 || exported.length >= texts.length) break;
    optionalCursor = responses.at(-1).afterResultCursor;
  }
  assert.deepEqual(exported.sort(), texts.sort());
});

// The first `count` responses that `wanted` accepts.
function watched(request, count, wanted) {
  return new Promise((resolve, reject) => {
    const stream = client.watch(v1.WatchRequest.create(request));
    const found = [];
    stream.on("data", (response) => {
      if (!wanted(response)) return;
      found.push(response);
      if (found.length === count) {
        stream.cancel();
        resolve(found);
      }
    });
    stream.on("error", (error) => {
      if (found.length < count) reject(error);
    });
  });
}

test("changes are watched from a token on", async () => {
  const start = await write(touch("team:watch#member@user:w0"));
  await kith.writeRelationships({
    updates: [touch("team:watch#member@user:w1")],
    optionalPreconditions: [],
    optionalTransactionMetadata: struct({ by: "test" }),
  });
  await write(touch("document:watch#owner@user:w2"));
  const last = await write(remove("team:watch#member@user:w0"));
  const seen = await watched(
    { optionalObjectTypes: ["team"], optionalStartCursor: start },
    2,
    (response) => response.updates.length > 0,
  );
  const updates = seen.map((response) =>
    response.updates.map((u) => [u.operation, textOf(u.relationship)]),
  );
  const { TOUCH, DELETE } = v1.RelationshipUpdate_Operation;
  assert.deepEqual(updates, [
    [[TOUCH, "team:watch#member@user:w1"]],
    [[DELETE, "team:watch#member@user:w0"]],
  ]);
  assert.deepEqual(v1.PbStruct.toJson(seen[0].optionalTransactionMetadata), {
    by: "test",
  });
  assert.equal(seen[1].changesThrough.token, last.token);
});

test("a schema is reflected, compared and asked", async () => {
  const reflected = await kith.reflectSchema({
    consistency: fullyConsistent,
    optionalFilters: [],
  });
  assert.deepEqual(reflected.definitions.map((d) => d.name).sort(), [
    "document",
    "folder",
    "team",
    "user",
  ]);
  assert.equal(reflected.caveats[0].name, "from_office");
  const { diffs } = await kith.diffSchema({
    consistency: fullyConsistent,
    comparisonSchema: SCHEMA + "\ndefinition robot {}\n",
  });
  assert.equal(diffs.length, 1);
  assert.equal(diffs[0].diff.oneofKind, "definitionAdded");
  const { permissions } = await kith.computablePermissions({
    consistency: fullyConsistent,
    definitionName: "document",
    relationName: "owner",
    optionalDefinitionNameFilter: "",
  });
  assert.deepEqual(
    permissions.map((p) => p.relationName).sort(),
    ["edit", "view"],
  );
});

test("counters count", async () => {
  const name = "bulk_teams";
  await kith.experimentalRegisterRelationshipCounter({
    name,
    relationshipFilter: filter("team", { optionalResourceIdPrefix: "bulk" }),
  });
  const counted = await kith.experimentalCountRelationships({ name });
  const { oneofKind, readCounterValue } = counted.counterResult;
  assert.equal(oneofKind, "readCounterValue");
  assert.equal(readCounterValue.relationshipCount, "50");
  await kith.experimentalUnregisterRelationshipCounter({ name });
  const gone = await failure(kith.experimentalCountRelationships({ name }));
  assert.equal(gone.reason, "ERROR_REASON_COUNTER_NOT_REGISTERED");
});
