// Roles, principals, tokens of another issuer and the audit log, through the official clients and the command line.

import assert from "node:assert/strict";
import { createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AuthorizationManagementClient } from "@azure/arm-authorization";
import { ResourceManagementClient } from "@azure/arm-resources";
import { StorageManagementClient } from "@azure/arm-storage";
import { ClientSecretCredential } from "@azure/identity";
import { BlobServiceClient } from "@azure/storage-blob";
import { startServer } from "./server.mjs";

const reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const issuer = "https://login.example.org/realms/site";
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

let server, access, resources;

before(async () => {
  const keys = join(mkdtempSync(join(tmpdir(), "quaymaster-keys-")), "keys.json");
  writeFileSync(keys, JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k1", use: "sig" }] }));
  server = await startServer({ args: ["--openid-issuer", issuer, "--openid-audience", "api://quaymaster",
    "--openid-keys", keys, "--openid-claim", "email", "--blob-tls", "true"] });
  access = new AuthorizationManagementClient(server.credential(), server.subscription, server.options);
  resources = new ResourceManagementClient(server.credential(), server.subscription, server.options);
  await resources.resourceGroups.createOrUpdate("home", { location: "westeurope" });
});
after(() => server?.stop());

async function collect(pages) {
  const all = [];
  for await (const item of pages) all.push(item);
  return all;
}

/** What `quaymaster principal create` prints, by its first column. */
function create(...words) {
  const text = server.run("principal", "create", ...words);
  const row = (name) => text.match(new RegExp(`^${name} +(.*)$`, "m"))?.[1];
  return { clientId: row("client id"), objectId: row("object id"), secret: row("secret") };
}

function signedIn({ clientId, secret }) {
  return new ClientSecretCredential(server.env.AZURE_TENANT_ID, clientId, secret,
    { authorityHost: server.env.AZURE_AUTHORITY_HOST, disableInstanceDiscovery: true, tlsOptions: server.options.tlsOptions });
}
const groups = (credential) => new ResourceManagementClient(credential, server.subscription, server.options).resourceGroups;
const scopeOf = (group) => `/subscriptions/${server.subscription}/resourceGroups/${group}`;
const definition = (role) => `/subscriptions/${server.subscription}/providers/Microsoft.Authorization/roleDefinitions/${role}`;

test("role definitions are Azure's", async () => {
  const all = await collect(access.roleDefinitions.list(`/subscriptions/${server.subscription}`));
  assert.ok(all.length >= 11);
  const [backup] = await collect(access.roleDefinitions.list(scopeOf("home"), { filter: "roleName eq 'Backup Operator'" }));
  assert.equal(backup.name, "00c29273-979b-4161-815c-10b084fb9324");
  assert.equal(backup.roleType, "BuiltInRole");
  assert.ok(backup.permissions[0].actions.includes("Microsoft.RecoveryServices/Vaults/backupJobs/*"));
  assert.equal((await access.roleDefinitions.getById(backup.id)).roleName, "Backup Operator");
});

test("a role takes effect with the next request, at its scope, until it is removed", async () => {
  const worker = create("worker");
  const asWorker = groups(signedIn(worker));
  await assert.rejects(asWorker.get("home"), (error) => {
    assert.equal(error.statusCode, 403);
    assert.equal(error.code, "AuthorizationFailed");
    for (const part of [worker.clientId, worker.objectId, "'Microsoft.Resources/subscriptions/resourceGroups/read'", scopeOf("home")]) {
      assert.ok(error.message.toLowerCase().includes(part.toLowerCase()), part);
    }
    return true;
  });
  const made = await access.roleAssignments.create(scopeOf("home"), randomUUID(),
    { principalId: worker.objectId, roleDefinitionId: definition(reader), principalType: "ServicePrincipal" });
  assert.equal(made.scope, scopeOf("home"));
  assert.equal((await asWorker.get("home")).name, "home");
  assert.deepEqual((await collect(asWorker.list())).map((one) => one.name), ["home"]);
  await assert.rejects(asWorker.createOrUpdate("home", { location: "westeurope" }), { code: "AuthorizationFailed" });

  const mine = await collect(access.roleAssignments.listForScope(scopeOf("home"), { filter: `principalId eq '${worker.objectId}'` }));
  assert.deepEqual(mine.map((one) => one.id), [made.id]);
  assert.equal(mine[0].roleDefinitionId, definition(reader));
  await assert.rejects(access.roleAssignments.create(scopeOf("home"), randomUUID(),
    { principalId: worker.objectId, roleDefinitionId: definition(reader) }), { statusCode: 409, code: "RoleAssignmentExists" });
  await assert.rejects(access.roleAssignments.create(scopeOf("home"), randomUUID(),
    { principalId: randomUUID(), roleDefinitionId: definition(reader) }), { statusCode: 400, code: "PrincipalNotFound" });

  await access.roleAssignments.deleteById(made.id);
  await assert.rejects(asWorker.get("home"), { code: "AuthorizationFailed" });
});

test("data roles give access to blobs, management roles do not", async () => {
  const storage = new StorageManagementClient(server.credential(), server.subscription, server.options);
  const account = await storage.storageAccounts.create("home", "roleaccount",
    { location: "westeurope", kind: "StorageV2", sku: { name: "Standard_LRS" } });
  const worker = create("blob worker", "--role", "Owner", "--scope", scopeOf("home"));
  const blobs = new BlobServiceClient(account.primaryEndpoints.blob, signedIn(worker), { tlsOptions: server.options.tlsOptions });
  await blobs.createContainer("box");
  const blob = blobs.getContainerClient("box").getBlockBlobClient("b");
  await assert.rejects(blob.upload("x", 1), { statusCode: 403, code: "AuthorizationPermissionMismatch" });
  const role = (await collect(access.roleDefinitions.list(account.id, { filter: "roleName eq 'Storage Blob Data Contributor'" })))[0];
  await access.roleAssignments.create(`${account.id}/blobServices/default/containers/box`, randomUUID(),
    { principalId: worker.objectId, roleDefinitionId: role.id });
  await blob.upload("x", 1);
  assert.equal((await blob.downloadToBuffer()).toString(), "x");
});

test("principals are managed on the command line", async () => {
  const made = create("short lived", "--role", "Reader");
  assert.equal((await groups(signedIn(made)).get("home")).name, "home");
  assert.match(server.run("principal", "list"), /^short lived +\S+ +\S+ +here$/m);
  const secret = server.run("principal", "reset-secret", made.clientId).match(/^secret +(.*)$/m)[1];
  await assert.rejects(groups(signedIn(made)).get("home"), { name: "AuthenticationRequiredError" });
  const again = groups(signedIn({ ...made, secret }));
  assert.equal((await again.get("home")).name, "home");
  assert.match(server.run("principal", "delete", made.clientId), /deleted short lived/);
  await assert.rejects(again.get("home"), { statusCode: 401 });
  assert.throws(() => server.run("principal", "create", "x", "--role", "King"), /there is no role/);
});

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
function token(claims = {}, { header = {}, key = privateKey } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: "RS256", kid: "k1", ...header })}.${part({ iss: issuer, aud: "api://quaymaster",
    email: "ann@example.org", nbf: now - 1, exp: now + 600, ...claims })}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(key, "base64url")}`;
}
const bearer = (text) => groups({ getToken: async () => ({ token: text, expiresOnTimestamp: Date.now() + 600_000 }) });

test("tokens of the configured issuer are accepted once their principal exists", async () => {
  await assert.rejects(bearer(token()).get("home"), { statusCode: 401 });
  const ann = create("Ann", "--external-id", "ann@example.org", "--role", "Reader");
  assert.equal(ann.secret, undefined);
  assert.equal((await bearer(token()).get("home")).name, "home");
  const old = Math.floor(Date.now() / 1000) - 3600;
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  for (const [why, bad] of Object.entries({
    audience: token({ aud: "api://other" }), issuer: token({ iss: "https://evil.example.org" }),
    expired: token({ exp: old }), "not yet valid": token({ nbf: Date.now() / 1000 + 3600 | 0 }),
    none: token({}, { header: { alg: "none" } }), HS256: token({}, { header: { alg: "HS256" } }),
    "another key": token({}, { key: other }), "nobody we know": token({ email: "eve@example.org" }),
  })) {
    await assert.rejects(bearer(bad).get("home"), { statusCode: 401 }, why);
  }
});

test("the audit log has all of it and detects changes", async () => {
  const shown = server.run("audit", "show", "--data", server.data, "--last", "0");
  assert.match(shown, /201 arm PUT \S+roleAssignments\S+ +administrator/);
  assert.match(shown, /403 arm GET \S+resourceGroups\/home +worker .*AuthorizationFailed/i);
  assert.match(shown, /403 blob PUT \/\S*box\/b +blob worker .*AuthorizationPermissionMismatch/);
  assert.match(shown, /401 sign-in POST .*invalid_client/);
  const verified = server.run("audit", "verify", "--data", server.data);
  const head = verified.match(/^last (\S+)$/m)[1];
  await resources.resourceGroups.createOrUpdate("later", { location: "westeurope" });
  assert.match(server.run("audit", "verify", "--data", server.data, "--expect", head), /^whole/m);
  const file = join(server.data, "audit/audit-00000001.log");
  const text = readFileSync(file, "utf8");
  assert.ok(!text.includes(server.env.AZURE_CLIENT_SECRET));
  writeFileSync(file, text.replace('"name":"worker"', '"name":"wicked"'));
  assert.throws(() => server.run("audit", "verify", "--data", server.data), (error) => /was changed/.test(error.stdout));
  writeFileSync(file, "");
  assert.throws(() => server.run("audit", "verify", "--data", server.data), (error) => /it was emptied/.test(error.stdout));
  writeFileSync(file, text);
});
