// Microsoft.ImportExport through @azure/arm-storageimportexport, unmodified: a real drive, a real server, real blobs.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, renameSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, test } from "node:test";
import { ResourceManagementClient } from "@azure/arm-resources";
import { StorageManagementClient } from "@azure/arm-storage";
import { StorageImportExport } from "@azure/arm-storageimportexport";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { startServer } from "./server.mjs";

const group = "jobs";
let server, client, account, blobs;

before(async () => {
  server = await startServer();
  client = newClient();
  const resources = new ResourceManagementClient(server.credential(), server.subscription, server.options);
  await resources.resourceGroups.createOrUpdate(group, { location: "westus" });
  const storage = new StorageManagementClient(server.credential(), server.subscription, server.options);
  account = await storage.storageAccounts.beginCreateAndWait(group, "acct1",
    { location: "westus", kind: "StorageV2", sku: { name: "Standard_LRS" } });
  const { keys } = await storage.storageAccounts.listKeys(group, "acct1");
  blobs = new BlobServiceClient(account.primaryEndpoints.blob, new StorageSharedKeyCredential("acct1", keys[0].value));
});
after(async () => { await server?.stop(); });

const newClient = (options = {}, secret = undefined) =>
  new StorageImportExport(server.credential(secret), server.subscription, { ...server.options, ...options });
const md5 = (bytes) => createHash("md5").update(bytes).digest("hex").toUpperCase();
const refusal = (statusCode, code, target) => (error) => {
  assert.equal(error.statusCode, statusCode, error.message);
  assert.equal(error.code, code, error.message);
  if (target !== undefined) assert.equal(JSON.parse(error.response.bodyAsText).error.target, target);
  return true;
};
async function all(iterator) {
  const items = [];
  for await (const item of iterator) items.push(item);
  return items;
}

/** Writes a drive folder as preparation tools do; answers its entry of driveList. */
function makeDrive(folder, id, files, credential = "") {
  mkdirSync(join(folder, "session"), { recursive: true });
  const entries = Object.entries(files).map(([name, text], index) => {
    const file = `session/${index}.bin`;
    writeFileSync(join(folder, file), text);
    return `<Blob><BlobPath>photos/${name}</BlobPath><FilePath>\\${file.replace("/", "\\")}</FilePath>` +
      `<Length>${text.length}</Length><ImportDisposition>overwrite</ImportDisposition>` +
      `<BlockList><Block Offset="0" Length="${text.length}" Hash="${md5(text)}"/></BlockList></Blob>`;
  });
  const manifest = `<?xml version="1.0" encoding="UTF-8"?>\n<DriveManifest Version="2014-11-01"><Drive>` +
    `<DriveId>${id}</DriveId>${credential}<BlobList>${entries.join("")}</BlobList></Drive></DriveManifest>\n`;
  writeFileSync(join(folder, "DriveManifest.xml"), manifest);
  return { driveId: id, bitLockerKey: "111111-222222-333333-444444-555555-666666-111111-483079",
    manifestFile: "\\DriveManifest.xml", manifestHash: md5(manifest), driveHeaderHash: "" };
}

const returnAddress = { recipientName: "A. Person", streetAddress1: "1 Road", city: "Town", postalCode: "10000",
  countryOrRegion: "FR", phone: "0100000000", email: "a@example.org" };
const importBody = (driveList, more = {}) => ({ location: "westus",
  properties: { storageAccountId: account.id, jobType: "Import", returnAddress, driveList, ...more } });
const ship = { state: "Shipping", deliveryPackage: { carrierName: "FedEx", trackingNumber: "992016102507" } };

async function finalState(name) {
  while (true) {
    const job = await client.jobs.get(name, group);
    if (["Completed", "Closed"].includes(job.properties.state)) return job;
    await sleep(50);
  }
}

test("a drive that appears at the dock is imported, its manifest backed up", async () => {
  const files = { "a.txt": Buffer.from("The quick brown fox\n"), "b/big.bin": Buffer.alloc(3_000_000, "xyz") };
  const workshop = join(server.root, "workshop", "WD1");
  const drive = makeDrive(workshop, "WD1", files);
  const created = await client.jobs.create("first", group,
    importBody([drive], { logLevel: "Verbose", backupDriveManifest: true }));
  assert.equal(created.properties.state, "Creating");
  assert.equal(created.location, "westus");
  assert.equal(created.properties.driveList[0].state, "Specified");
  assert.equal(created.properties.driveList[0].bitLockerKey, undefined);
  assert.equal(created.properties.returnAddress.streetAddress2, "");
  assert.deepEqual((await all(client.bitLockerKeys.list("first", group))).map((key) => ({ ...key })),
    [{ driveId: "WD1", bitLockerKey: drive.bitLockerKey }]);

  const shipped = await client.jobs.update("first", group, ship);
  assert.equal(shipped.properties.state, "Shipping");
  assert.equal(shipped.location, "West US");
  renameSync(workshop, join(server.dock, "WD1"));

  const job = await finalState("first");
  const [done] = job.properties.driveList;
  assert.equal(job.properties.state, "Completed", JSON.stringify(job));
  assert.equal(job.properties.percentComplete, 100);
  assert.equal(done.state, "Completed");
  assert.equal(done.copyStatus, "Completed");
  assert.equal(done.bytesSucceeded, 3_000_020);

  for (const [name, text] of Object.entries(files)) {
    const got = await blobs.getContainerClient("photos").getBlobClient(name).downloadToBuffer();
    assert.ok(got.equals(text), name);
  }
  const uri = new URL(done.manifestUri);
  assert.match(uri.pathname, /\/waimportexport\/waies\/first_WD1_\d{8}-\d{6}-\d{3}_manifest\.xml$/);
  assert.equal(uri.search, "");
  const backup = await blobs.getContainerClient("waimportexport")
    .getBlobClient(uri.pathname.slice(uri.pathname.indexOf("waies/"))).downloadToBuffer();
  assert.equal(md5(backup), drive.manifestHash);
  assert.ok(backup.equals(readFileSync(join(server.dock, "WD1", "DriveManifest.xml"))));
  assert.ok(done.errorLogUri.endsWith("_error.xml"));
  assert.ok(done.verboseLogUri.endsWith("_verbose.xml"));
});

test("a credential in the manifest is not in the backup", async () => {
  const secret = "c2VjcmV0IGtleSBvZiBhbiBhY2NvdW50";
  const drive = makeDrive(join(server.root, "workshop", "WD2"), "WD2", { "c.txt": Buffer.from("c") },
    `<StorageAccountKey>${secret}</StorageAccountKey>`);
  await client.jobs.create("redacted", group, importBody([drive], { backupDriveManifest: true }));
  await client.jobs.update("redacted", group, ship);
  renameSync(join(server.root, "workshop", "WD2"), join(server.dock, "WD2"));
  const [done] = (await finalState("redacted")).properties.driveList;
  const name = new URL(done.manifestUri).pathname;
  const blob = blobs.getContainerClient("waimportexport").getBlobClient(name.slice(name.indexOf("waies/")));
  assert.ok(!(await blob.downloadToBuffer()).toString().includes(secret));
  const { metadata } = await blob.getProperties();
  const original = readFileSync(join(server.dock, "WD2", "DriveManifest.xml"));
  assert.equal(metadata.redacted, "true");
  assert.equal(metadata.originalsha256, createHash("sha256").update(original).digest("hex"));
});

test("a drive docked with the command line", async () => {
  const folder = join(server.dock, ".by-hand");  // the dock ignores names with a dot
  const drive = makeDrive(folder, "WD3", { "d.txt": Buffer.from("d") });
  await client.jobs.create("by-hand", group, importBody([drive]));
  await client.jobs.update("by-hand", group, ship);
  assert.match(server.run("drive", "dock", folder, "--job", "by-hand", "--drive", "WD3"), /drive WD3 is docked/);
  assert.equal((await finalState("by-hand")).properties.state, "Completed");
});

test("lists, pages and filters", async () => {
  const names = ["l1", "l2", "l3"];
  for (const name of names) {
    await client.jobs.create(name, group, importBody([{ driveId: name, manifestFile: "\\m", manifestHash: "AB" }]));
  }
  const filter = names.map((name) => `name eq '${name}'`).join(" or ");
  const inSubscription = await all(client.jobs.listBySubscription({ filter, top: 2 }));
  assert.deepEqual(inSubscription.map((job) => job.name), names);
  assert.ok(inSubscription[0].properties.driveList, "by subscription the drives are there");
  const inGroup = await all(client.jobs.listByResourceGroup(group, { filter }));
  assert.deepEqual(inGroup.map((job) => job.name), names);
  assert.equal(inGroup[0].properties.driveList, undefined, "by resource group they are not");
  await assert.rejects(all(client.jobs.listBySubscription({ filter: "colour eq 'red'" })),
    refusal(400, "InvalidParameter", "$filter"));
  await assert.rejects(all(client.jobs.listBySubscription({ top: 101 })), refusal(400, "InvalidParameter", "$top"));
});

test("cancel and delete", async () => {
  await client.jobs.create("gone", group, importBody([{ driveId: "X1", manifestFile: "\\m", manifestHash: "AB" }]));
  const same = await client.jobs.update("gone", group, { state: "" });
  assert.equal(same.properties.state, "Creating");
  const cancelled = await client.jobs.update("gone", group, { cancelRequested: true });
  assert.equal(cancelled.properties.cancelRequested, true);
  assert.equal(cancelled.properties.state, "Creating");
  await client.jobs.delete("gone", group);
  await assert.rejects(client.jobs.get("gone", group), refusal(404, "ResourceNotFound"));
  await assert.rejects(client.jobs.delete("gone", group), refusal(404, "ResourceNotFound"));
});

test("export jobs are accepted and wait", async () => {
  const created = await client.jobs.create("out", group, { location: "West US", properties: {
    storageAccountId: account.id, jobType: "Export", returnAddress,
    export: { blobPathPrefix: ["/"] } } });
  assert.equal(created.location, "West US");
  assert.deepEqual(created.properties.export.blobPathPrefix, ["/"]);
  const shipped = await client.jobs.update("out", group, ship);
  assert.equal(shipped.properties.state, "Shipping");
});

test("every api-version", async () => {
  for (const apiVersion of ["2016-11-01", "2020-08-01", "2021-01-01"]) {
    const old = newClient({ apiVersion });
    const name = `v${apiVersion}`;
    const job = await old.jobs.create(name, group,
      importBody([{ driveId: name, manifestFile: "\\m", manifestHash: "AB" }]));
    assert.ok(job.systemData, apiVersion);
  }
  await assert.rejects(newClient({ apiVersion: "2015-01-01" }).jobs.get("first", group),
    refusal(400, "NoRegisteredProviderFound"));
});

test("locations and operations", async () => {
  const locations = await all(client.locations.list());
  assert.ok(locations.length > 30);
  assert.equal((await client.locations.get("West US 2")).name, "West US 2");
  assert.equal((await client.locations.get("westus2")).id, "/providers/Microsoft.ImportExport/locations/westus2");
  await assert.rejects(client.locations.get("moonbase"), refusal(404, "LocationNotFound"));
  assert.equal((await all(client.operations.list())).length, 6);
});

test("refusals name their reason", async () => {
  const drive = { driveId: "R1", manifestFile: "\\m", manifestHash: "AB" };
  const put = (body) => client.jobs.create("refused", group, body);
  await assert.rejects(put(importBody([])), refusal(400, "MissingRequiredProperty", "properties.driveList"));
  await assert.rejects(put(importBody([drive, drive])), refusal(400, "DuplicateDriveId"));
  await assert.rejects(put(importBody([drive], { jobType: "Copy" })),
    refusal(400, "InvalidParameter", "properties.jobType"));
  await assert.rejects(put(importBody([drive], { storageAccountId: account.id + "x" })),
    refusal(404, "StorageAccountNotFound"));
  await assert.rejects(client.jobs.create("refused", "nogroup", importBody([drive])),
    refusal(404, "ResourceGroupNotFound"));
  await assert.rejects(client.jobs.create("first", group, importBody([drive])), refusal(409, "InvalidJobState"));
  await assert.rejects(client.jobs.update("first", group, { cancelRequested: true }),
    refusal(409, "InvalidJobState", "properties.cancelRequested"));
  const stranger = new StorageImportExport(server.credential(), "99999999-0000-4000-8000-000000000000", server.options);
  await assert.rejects(stranger.jobs.get("first", group), refusal(404, "SubscriptionNotFound"));
  const forged = new StorageImportExport({ getToken: async () => ({ token: "a.b.c", expiresOnTimestamp: 9e15 }) },
    server.subscription, server.options);
  await assert.rejects(forged.jobs.get("first", group), (error) => error.statusCode === 401);
});

test("a killed server resumes where it was", async () => {
  const own = await startServer();
  try {
    const resources = new ResourceManagementClient(own.credential(), own.subscription, own.options);
    await resources.resourceGroups.createOrUpdate(group, { location: "westus" });
    const storage = new StorageManagementClient(own.credential(), own.subscription, own.options);
    const target = await storage.storageAccounts.beginCreateAndWait(group, "acct1",
      { location: "westus", kind: "StorageV2", sku: { name: "Standard_LRS" } });
    const files = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`f${i}`, Buffer.alloc(200_000, `${i} `)]));
    const folder = join(own.dock, ".drive");
    const drive = makeDrive(folder, "WD9", files);
    const jobs = new StorageImportExport(own.credential(), own.subscription, own.options).jobs;
    const body = importBody([drive]);
    body.properties.storageAccountId = target.id;
    await jobs.create("j", group, body);
    await jobs.update("j", group, ship);
    own.run("drive", "dock", folder, "--job", "j", "--drive", "WD9");
    await sleep(100);
    await own.stop({ signal: "SIGKILL", remove: false });

    const again = await startServer({ keep: own.root });
    try {
      const resumed = new StorageImportExport(again.credential(), again.subscription, again.options).jobs;
      let job;
      do {
        await sleep(50);
        job = await resumed.get("j", group);
      } while (!["Completed", "Closed"].includes(job.properties.state));
      assert.equal(job.properties.state, "Completed", JSON.stringify(job));
      assert.equal(job.properties.driveList[0].copyStatus, "Completed", "nothing was taken for somebody else's");
      assert.equal(job.properties.driveList[0].bytesSucceeded, 400 * 200_000);
    } finally {
      await again.stop({ remove: false });
    }
  } finally {
    await own.stop();
  }
});
