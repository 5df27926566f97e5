// The Blob service through @azure/storage-blob, unmodified.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { AnonymousCredential, BlobServiceClient, BlobSASPermissions, ContainerSASPermissions, AccountSASPermissions,
  AccountSASResourceTypes, AccountSASServices, StorageSharedKeyCredential, generateAccountSASQueryParameters,
  generateBlobSASQueryParameters } from "@azure/storage-blob";
import { startServer } from "./server.mjs";

// The emulator's account, which every SDK knows and which exists in the test profile.
const account = "devstoreaccount1";
const key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const credential = new StorageSharedKeyCredential(account, key);

let server;
let service;
let url;
let count = 0;

before(async () => {
  server = await startServer({ args: ["--profile", "test"] });
  url = `${server.endpoints.blob}/${account}`;
  service = new BlobServiceClient(url, credential, { retryOptions: { maxTries: 1 } });
});
after(async () => { await server?.stop(); });

async function newContainer() {
  const container = service.getContainerClient(`c${++count}-${randomBytes(3).toString("hex")}`);
  await container.create();
  return container;
}
const refusal = (statusCode, code) => (error) => {
  assert.equal(error.statusCode, statusCode, error.message);
  assert.equal(error.code ?? error.details?.errorCode, code);
  return true;
};
async function all(iterator) {
  const items = [];
  for await (const item of iterator) items.push(item);
  return items;
}
async function text(response) {
  const pieces = [];
  for await (const piece of response.readableStreamBody) pieces.push(piece);
  return Buffer.concat(pieces);
}

test("containers: create, exists, metadata, list, delete", async () => {
  const container = await newContainer();
  assert.equal((await container.createIfNotExists()).succeeded, false);
  await assert.rejects(container.create(), refusal(409, "ContainerAlreadyExists"));
  assert.equal(await container.exists(), true);
  await container.setMetadata({ Owner: "Ada", FOO_BAR: "1", FOO2_BAR: "2" });
  const properties = await container.getProperties();
  assert.deepEqual(properties.metadata, { owner: "Ada", foo_bar: "1", foo2_bar: "2" });
  assert.equal(properties.leaseState, "available");
  const listed = await all(service.listContainers({ prefix: container.containerName, includeMetadata: true }));
  assert.equal(listed.length, 1);
  assert.equal(listed[0].properties.etag, properties.etag);
  await container.delete();
  assert.equal(await container.exists(), false);
  assert.equal((await container.deleteIfExists()).succeeded, false);
});

test("a blob with properties and metadata, up and down", async () => {
  const blob = (await newContainer()).getBlockBlobClient("dir/ä +%&#?.txt");
  const content = "hello wörld";
  const uploaded = await blob.upload(content, Buffer.byteLength(content), {
    blobHTTPHeaders: { blobContentType: "text/plain; charset=utf-8", blobCacheControl: "no-cache",
      blobContentDisposition: "attachment", blobContentLanguage: "de", blobContentEncoding: "identity" },
    metadata: { Key: "value", other_1: "2" },
  });
  assert.match(uploaded.etag, /^"0x[A-F0-9]{15,}"$/);
  const md5 = createHash("md5").update(content).digest("base64");
  assert.equal(Buffer.from(uploaded.contentMD5).toString("base64"), md5);

  const downloaded = await blob.download();
  assert.equal((await text(downloaded)).toString(), content);
  const properties = await blob.getProperties();
  for (const answer of [downloaded, properties]) {
    assert.equal(answer.contentType, "text/plain; charset=utf-8");
    assert.equal(answer.cacheControl, "no-cache");
    assert.equal(answer.contentDisposition, "attachment");
    assert.equal(answer.contentLanguage, "de");
    assert.equal(answer.contentEncoding, "identity");
    assert.deepEqual(answer.metadata, { key: "value", other_1: "2" });
    assert.equal(answer.blobType, "BlockBlob");
    assert.equal(answer.etag, uploaded.etag);
    assert.equal(Buffer.from(answer.contentMD5).toString("base64"), md5);
  }
  assert.equal(properties.contentLength, Buffer.byteLength(content));

  await blob.setMetadata({ only: "this" });
  await blob.setHTTPHeaders({ blobContentType: "text/html" });
  const changed = await blob.getProperties();
  assert.deepEqual(changed.metadata, { only: "this" });
  assert.equal(changed.contentType, "text/html");
  assert.notEqual(changed.etag, uploaded.etag);
  assert.equal((await blob.deleteIfExists()).succeeded, true);
  assert.equal((await blob.deleteIfExists()).succeeded, false);
  await assert.rejects(blob.download(), refusal(404, "BlobNotFound"));
  await assert.rejects(blob.getProperties(), (error) => error.statusCode === 404);
});

test("ranges, empty blobs and downloads in parallel parts", async () => {
  const container = await newContainer();
  const empty = container.getBlockBlobClient("empty");
  await empty.upload("", 0);
  assert.equal((await text(await empty.download())).length, 0);
  assert.equal((await empty.downloadToBuffer()).length, 0);

  const content = randomBytes(20_000_000);
  const blob = container.getBlockBlobClient("big");
  await blob.uploadData(content, { blockSize: 4 * 1024 * 1024, maxSingleShotSize: 1024 * 1024, concurrency: 4 });
  const lists = await blob.getBlockList("all");
  assert.equal(lists.committedBlocks.length, 5);
  assert.equal(lists.uncommittedBlocks?.length ?? 0, 0);
  const part = await blob.download(5_000_000, 1000, { rangeGetContentMD5: true });
  assert.deepEqual(await text(part), content.subarray(5_000_000, 5_001_000));
  assert.equal(Buffer.from(part.contentMD5).toString("base64"),
    createHash("md5").update(content.subarray(5_000_000, 5_001_000)).digest("base64"));
  assert.deepEqual(await blob.downloadToBuffer(undefined, undefined, { blockSize: 1_000_000, concurrency: 5 }), content);
});

test("streamed uploads become blocks", async () => {
  const blob = (await newContainer()).getBlockBlobClient("streamed");
  const content = randomBytes(9_000_001);
  const { Readable } = await import("node:stream");
  await blob.uploadStream(Readable.from([content.subarray(0, 1_000_000), content.subarray(1_000_000)]), 2_000_000, 3);
  assert.deepEqual(await blob.downloadToBuffer(), content);
});

test("blocks by hand: wrong list, replaced block, checksums", async () => {
  const blob = (await newContainer()).getBlockBlobClient("blocks");
  const id = (number) => Buffer.from(String(number).padStart(6, "0")).toString("base64");
  await blob.stageBlock(id(1), "first", 5);
  await blob.stageBlock(id(2), "second", 6, {
    transactionalContentMD5: createHash("md5").update("second").digest() });
  await blob.stageBlock(id(1), "FIRST", 5);
  await assert.rejects(blob.stageBlock(id(3), "third", 5, { transactionalContentMD5: Buffer.alloc(16) }),
    refusal(400, "Md5Mismatch"));
  await assert.rejects(blob.stageBlock(Buffer.from("longer id").toString("base64"), "x", 1),
    refusal(400, "InvalidBlobOrBlock"));
  assert.equal(await blob.exists(), false);
  await assert.rejects(blob.commitBlockList([id(9)]), refusal(400, "InvalidBlockList"));
  await blob.commitBlockList([id(2), id(1), id(2)]);
  assert.equal((await blob.downloadToBuffer()).toString(), "secondFIRSTsecond");
});

test("conditions: create once, change the version that was read", async () => {
  const blob = (await newContainer()).getBlockBlobClient("b");
  const attempts = await Promise.allSettled(Array.from({ length: 10 }, (_, i) =>
    blob.upload(String(i), 1, { conditions: { ifNoneMatch: "*" } })));
  assert.equal(attempts.filter((one) => one.status === "fulfilled").length, 1);
  for (const one of attempts.filter((one) => one.status === "rejected")) refusal(409, "BlobAlreadyExists")(one.reason);

  const { etag } = await blob.getProperties();
  await blob.upload("new", 3, { conditions: { ifMatch: etag } });
  await assert.rejects(blob.upload("newer", 5, { conditions: { ifMatch: etag } }), refusal(412, "ConditionNotMet"));
  await assert.rejects(blob.download(0, undefined, { conditions: { ifMatch: etag } }), refusal(412, "ConditionNotMet"));
  const now = await blob.getProperties();
  await assert.rejects(blob.download(0, undefined, { conditions: { ifNoneMatch: now.etag } }),
    (error) => error.statusCode === 304);
  await assert.rejects(blob.delete({ conditions: { ifMatch: etag } }), refusal(412, "ConditionNotMet"));
});

test("listing: pages, hierarchy, odd names", async () => {
  const container = await newContainer();
  const names = ["a", "a//b", "dir/1", "dir/2", "dir/sub/3", "dir2", "last\uFFFF", "plus+", "per%cent", "Ü"];
  await Promise.all(names.map((name) => container.getBlockBlobClient(name).upload("x", 1, { metadata: { k: "v" } })));
  const listed = await all(container.listBlobsFlat({ includeMetadata: true }));
  const bytewise = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  assert.deepEqual(listed.map((blob) => blob.name), bytewise);
  for (const blob of listed) {
    assert.deepEqual(blob.metadata, { k: "v" });
    assert.equal(blob.properties.contentLength, 1);
    assert.equal(blob.properties.blobType, "BlockBlob");
    assert.ok(blob.properties.lastModified instanceof Date && blob.properties.etag);
  }
  const paged = [];
  for await (const page of container.listBlobsFlat().byPage({ maxPageSize: 3 })) {
    assert.ok(page.segment.blobItems.length <= 3);
    paged.push(...page.segment.blobItems.map((blob) => blob.name));
  }
  assert.deepEqual(paged, bytewise);
  const top = await all(container.listBlobsByHierarchy("/", { prefix: "d" }));
  assert.deepEqual(top.map((item) => [item.kind, item.name]), [["prefix", "dir/"], ["blob", "dir2"]]);
});

test("tiers are stored", async () => {
  const container = await newContainer();
  const blob = container.getBlockBlobClient("b");
  await blob.upload("hello", 5);
  assert.deepEqual([await blob.getProperties()].map((one) => [one.accessTier, one.accessTierInferred]), [["Hot", true]]);
  await blob.upload("hello", 5, { tier: "Cool" });
  const properties = await blob.getProperties();
  assert.equal(properties.accessTier, "Cool");
  assert.equal(properties.accessTierInferred, undefined);
  assert.ok(properties.accessTierChangedOn instanceof Date);
  await blob.uploadData(Buffer.alloc(300_000), { blockSize: 100_000, maxSingleShotSize: 1000, tier: "Cold" });
  const [listed] = await all(container.listBlobsFlat());
  assert.equal(listed.properties.accessTier, "Cold");
  const { etag } = await blob.getProperties();
  await blob.setAccessTier("Hot");
  const after = await blob.getProperties();
  assert.equal(after.accessTier, "Hot");
  assert.equal(after.etag, etag);
  await assert.rejects(blob.setAccessTier("Archive"), refusal(400, "UnsupportedHeader"));
  await assert.rejects(blob.upload("hello", 5, { tags: { a: "b" } }), (error) => {
    refusal(400, "UnsupportedHeader")(error);
    assert.match(error.message, /tags are not offered/);
    return true;
  });
});

test("a backslash in a name is a slash, a control character is refused", async () => {
  const container = await newContainer();
  const blob = container.getBlockBlobClient("dir\\a\\b.txt");
  await blob.upload("hello", 5);
  assert.equal((await container.getBlobClient("dir/a/b.txt").downloadToBuffer()).toString(), "hello");
  assert.deepEqual((await all(container.listBlobsFlat({ prefix: "dir\\a" }))).map((one) => one.name), ["dir/a/b.txt"]);
  const signed = await new BlobServiceClient(url, credential).getContainerClient(container.containerName)
    .getBlobClient("dir\\a\\b.txt").generateSasUrl({ permissions: BlobSASPermissions.parse("r"),
      expiresOn: new Date(Date.now() + 3600_000) });
  assert.equal(await (await fetch(signed)).text(), "hello");
  await assert.rejects(container.getBlockBlobClient("a\u0000b").upload("x", 1), refusal(400, "InvalidUri"));
});

test("a listing starts at startFrom", async () => {
  const container = await newContainer();
  for (const name of ["a", "b", "c"]) await container.getBlockBlobClient(name).upload("x", 1);
  assert.deepEqual((await all(container.listBlobsFlat({ startFrom: "b" }))).map((one) => one.name), ["b", "c"]);
});

test("a web page of an allowed origin may read, others may not", async () => {
  await service.setProperties({ cors: [{ allowedOrigins: "https://example.org", allowedMethods: "GET,PUT",
    allowedHeaders: "x-ms-*,content-type", exposedHeaders: "x-ms-request-id,etag", maxAgeInSeconds: 60 }] });
  const container = await newContainer();
  const blob = container.getBlockBlobClient("b");
  await blob.upload("hello", 5);
  const ask = (method, target, headers) => new Promise((done, failed) => {
    request(target, { method, headers }, (answer) => { answer.resume(); done(answer); }).on("error", failed).end();
  });
  const preflight = (origin, headers) => ask("OPTIONS", blob.url, { Origin: origin, "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": headers });
  const allowed = await preflight("https://example.org", "x-ms-blob-type,x-ms-version,content-type");
  assert.equal(allowed.statusCode, 200);
  assert.equal(allowed.headers["access-control-allow-origin"], "https://example.org");
  assert.equal(allowed.headers["access-control-allow-methods"], "PUT");
  assert.equal(allowed.headers["access-control-max-age"], "60");
  assert.equal((await preflight("https://example.org", "authorization")).statusCode, 403);
  assert.equal((await preflight("https://example.com", "x-ms-version")).statusCode, 403);
  const signed = await blob.generateSasUrl({ permissions: BlobSASPermissions.parse("r"),
    expiresOn: new Date(Date.now() + 3600_000) });
  const read = await ask("GET", signed, { Origin: "https://example.org" });
  assert.equal(read.statusCode, 200);
  assert.equal(read.headers["access-control-allow-origin"], "https://example.org");
  assert.equal(read.headers["access-control-expose-headers"].toLowerCase(), "etag,x-ms-request-id");
  assert.equal(read.headers.vary, "Origin");
  await service.setProperties({ cors: [] });
});

test("signatures: blob, container, account, wrong ones", async () => {
  const container = await newContainer();
  await container.getBlockBlobClient("b").upload("hello", 5);
  await container.getBlockBlobClient("other").upload("other", 5);
  const expiresOn = new Date(Date.now() + 3600_000);
  const with_ = (sas) => new BlobServiceClient(`${url}?${sas}`, new AnonymousCredential(), { retryOptions: { maxTries: 1 } })
    .getContainerClient(container.containerName);
  const sas = (options) => generateBlobSASQueryParameters(
    { containerName: container.containerName, expiresOn, ...options }, credential);

  const one = with_(sas({ blobName: "b", permissions: BlobSASPermissions.parse("r"), contentType: "text/html" }));
  const answer = await one.getBlobClient("b").download();
  assert.equal((await text(answer)).toString(), "hello");
  assert.equal(answer.contentType, "text/html");
  await assert.rejects(one.getBlobClient("other").download(), refusal(403, "AuthenticationFailed"));
  await assert.rejects(one.getBlobClient("b").delete(), refusal(403, "AuthorizationPermissionMismatch"));

  const whole = with_(sas({ permissions: ContainerSASPermissions.parse("rcl") }));
  assert.equal((await all(whole.listBlobsFlat())).length, 2);
  await whole.getBlockBlobClient("fresh").upload("x", 1);
  await assert.rejects(whole.getBlockBlobClient("fresh").upload("y", 1), refusal(403, "UnauthorizedBlobOverwrite"));
  const expired = with_(sas({ permissions: ContainerSASPermissions.parse("r"), expiresOn: new Date(Date.now() - 1000) }));
  await assert.rejects(expired.getBlobClient("b").download(), refusal(403, "AuthenticationFailed"));

  const accountSas = generateAccountSASQueryParameters({ expiresOn, services: AccountSASServices.parse("b").toString(),
    permissions: AccountSASPermissions.parse("r"), resourceTypes: AccountSASResourceTypes.parse("o").toString() }, credential);
  const objects = with_(accountSas);
  assert.equal((await objects.getBlobClient("b").downloadToBuffer()).toString(), "hello");
  await assert.rejects(all(objects.listBlobsFlat()), refusal(403, "AuthorizationResourceTypeMismatch"));

  const forged = new StorageSharedKeyCredential(account, Buffer.alloc(64, 7).toString("base64"));
  const wrong = new BlobServiceClient(url, forged, { retryOptions: { maxTries: 1 } });
  await assert.rejects(wrong.getContainerClient(container.containerName).getProperties(),
    refusal(403, "AuthenticationFailed"));
  await assert.rejects(new BlobServiceClient(url, new AnonymousCredential()).getContainerClient(container.containerName)
    .getBlobClient("b").download(), refusal(404, "ResourceNotFound"));
});

test("account information and service properties", async () => {
  const information = await service.getAccountInfo();
  assert.ok(information.skuName && information.accountKind);
  assert.equal(information.isHierarchicalNamespaceEnabled, false);
  const cors = [{ allowedOrigins: "https://example.org", allowedMethods: "GET", allowedHeaders: "*", exposedHeaders: "*",
    maxAgeInSeconds: 60 }];
  await service.setProperties({ cors });
  const properties = await service.getProperties();
  assert.deepEqual(properties.cors, cors);
  assert.equal(properties.deleteRetentionPolicy.enabled, false);
});

test("snapshots keep former contents", async () => {
  const container = await newContainer();
  const blob = container.getBlockBlobClient("b");
  await blob.upload("one", 3);
  const { snapshot } = await blob.createSnapshot({ metadata: { why: "before" } });
  await blob.upload("two", 3);
  const former = blob.withSnapshot(snapshot);
  assert.equal((await former.downloadToBuffer()).toString(), "one");
  assert.deepEqual((await former.getProperties()).metadata, { why: "before" });
  assert.equal((await blob.downloadToBuffer()).toString(), "two");
  const listed = await all(container.listBlobsFlat({ includeSnapshots: true }));
  assert.deepEqual(listed.map((item) => item.snapshot || "current"), [snapshot, "current"]);
  await assert.rejects(blob.delete(), refusal(409, "SnapshotsPresent"));
  await blob.delete({ deleteSnapshots: "include" });
  assert.equal((await all(container.listBlobsFlat({ includeSnapshots: true }))).length, 0);
});

test("a deleted blob is listed and comes back", async () => {
  const container = await newContainer();
  const blob = container.getBlockBlobClient("b");
  await service.setProperties({ deleteRetentionPolicy: { enabled: true, days: 3 } });
  try {
    assert.deepEqual((await service.getProperties()).deleteRetentionPolicy, { enabled: true, days: 3 });
    await blob.upload("kept", 4);
    await blob.delete();
    await assert.rejects(blob.download(), refusal(404, "BlobNotFound"));
    assert.equal((await all(container.listBlobsFlat())).length, 0);
    const [deleted] = await all(container.listBlobsFlat({ includeDeleted: true }));
    assert.equal(deleted.deleted, true);
    assert.equal(deleted.properties.remainingRetentionDays, 3);
    await blob.undelete();
    assert.equal((await blob.downloadToBuffer()).toString(), "kept");
  } finally {
    await service.setProperties({ deleteRetentionPolicy: { enabled: false } });
  }
});

test("what is not offered is refused by name", async () => {
  const container = await newContainer();
  await container.getBlockBlobClient("b").upload("x", 1);
  await assert.rejects(container.getBlobClient("b").getBlobLeaseClient().acquireLease(15), refusal(501, "NotImplemented"));
  await assert.rejects(container.getAppendBlobClient("a").create(), refusal(501, "NotImplemented"));
});

test("what was acknowledged survives kill -9", async () => {
  const container = await newContainer();
  const blob = container.getBlockBlobClient("kept");
  const content = randomBytes(3_000_000);
  await blob.upload(content, content.length);
  await blob.setMetadata({ k: "v" });
  await container.getBlockBlobClient("staged").stageBlock("MDAwMQ==", "block", 5);
  const root = server.root;
  await server.stop({ signal: "SIGKILL", remove: false });
  server = await startServer({ args: ["--profile", "test"], keep: root });
  url = `${server.endpoints.blob}/${account}`;
  service = new BlobServiceClient(url, credential, { retryOptions: { maxTries: 1 } });
  const again = service.getContainerClient(container.containerName);
  assert.deepEqual(await again.getBlobClient("kept").downloadToBuffer(), content);
  assert.deepEqual((await again.getBlobClient("kept").getProperties()).metadata, { k: "v" });
  await again.getBlockBlobClient("staged").commitBlockList(["MDAwMQ=="]);
  assert.equal((await again.getBlobClient("staged").downloadToBuffer()).toString(), "block");
});

test("bearer tokens over TLS, path style", async () => {
  const secure = await startServer({ args: ["--profile", "test", "--blob-tls", "true"] });
  try {
    // Node reads additional authorities only at its start, so the client is a separate process, like a user's.
    const client = `
      import assert from "node:assert/strict";
      import { ClientSecretCredential } from "@azure/identity";
      import { BlobServiceClient } from "@azure/storage-blob";
      const login = (secret) => new ClientSecretCredential(process.env.AZURE_TENANT_ID, process.env.AZURE_CLIENT_ID, secret,
        { authorityHost: process.env.AZURE_AUTHORITY_HOST, disableInstanceDiscovery: true });
      const url = process.env.BLOB_URL.replace("127.0.0.1", "localhost") + "/${account}";
      const service = new BlobServiceClient(url, login(process.env.AZURE_CLIENT_SECRET), { retryOptions: { maxTries: 1 } });
      const container = service.getContainerClient("tokens");
      await container.create();
      const blob = container.getBlockBlobClient("b");
      await blob.upload("hello", 5);
      assert.equal((await blob.downloadToBuffer()).toString(), "hello");
      const names = [];
      for await (const item of container.listBlobsFlat()) names.push(item.name);
      assert.deepEqual(names, ["b"]);
      await assert.rejects(service.getUserDelegationKey(new Date(), new Date(Date.now() + 3600_000)),
        (error) => error.statusCode === 501);
      const forged = { getToken: async () => ({ token: "e30.e30.AAAA", expiresOnTimestamp: Date.now() + 3600_000 }) };
      const stranger = new BlobServiceClient(url, forged, { retryOptions: { maxTries: 1 } });
      await assert.rejects(stranger.getContainerClient("tokens").getProperties(), (error) => error.statusCode === 401);
    `;
    const ran = spawnSync(process.execPath, ["--input-type=module", "-e", client], { encoding: "utf8",
      cwd: fileURLToPath(new URL(".", import.meta.url)), env: { ...process.env, ...secure.env, BLOB_URL: secure.endpoints.blob } });
    assert.equal(ran.status, 0, ran.stderr + secure.log());
  } finally {
    await secure.stop();
  }
});
