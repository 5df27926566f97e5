// The test profile through unmodified clients: no waiting, a movable clock, ordered failures.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ComputeManagementClient } from "@azure/arm-compute";
import { RecoveryServicesClient } from "@azure/arm-recoveryservices";
import { RecoveryServicesBackupClient } from "@azure/arm-recoveryservicesbackup";
import { ResourceManagementClient } from "@azure/arm-resources";
import { StorageManagementClient } from "@azure/arm-storage";
import { StorageImportExport } from "@azure/arm-storageimportexport";
import { startServer } from "./server.mjs";

const GROUP = "standin", VAULT = "vault1", LOCATION = "westeurope", FABRIC = "Azure";
const CONTAINER = `iaasvmcontainer;iaasvmcontainerv2;${GROUP};vm1`;
const ITEM = `vm;iaasvmcontainerv2;${GROUP};vm1`;
// How long a poll may take without sleeping. Every client here sleeps for seconds unless Retry-After says otherwise,
// so this limit distinguishes the two even on a busy machine.
const AT_ONCE = 1500;

let server, images, backup, vaults, resources, storage, jobs, machine;

before(async () => {
  images = mkdtempSync(join(tmpdir(), "quaymaster-images-"));
  server = await startServer({ args: ["--profile", "test", "--image-directories", images] });
  const clients = (Client) => new Client(server.credential(), server.subscription, server.options);
  let compute;
  [backup, vaults, resources, storage, jobs, compute] = [RecoveryServicesBackupClient, RecoveryServicesClient,
    ResourceManagementClient, StorageManagementClient, StorageImportExport, ComputeManagementClient].map(clients);
  await resources.resourceGroups.createOrUpdate(GROUP, { location: LOCATION });
  writeFileSync(join(images, "vm1.raw"), randomBytes(4 << 20));
  const disk = await compute.disks.beginCreateOrUpdateAndWait(GROUP, "vm1-os", {
    location: LOCATION, osType: "Linux", creationData: { createOption: "Import", sourceUri: join(images, "vm1.raw") } });
  machine = await compute.virtualMachines.beginCreateOrUpdateAndWait(GROUP, "vm1", {
    location: LOCATION, hardwareProfile: { vmSize: "Standard_DS1_v2" },
    storageProfile: { osDisk: { osType: "Linux", createOption: "Attach", managedDisk: { id: disk.id } } } });
  await vaults.vaults.beginCreateOrUpdateAndWait(GROUP, VAULT,
    { location: LOCATION, sku: { name: "Standard" }, properties: {} });
});
after(async () => {
  await server?.stop();
  rmSync(images, { recursive: true, force: true });
});

/** The admin plane, as a test in any language would use it. */
async function plane(method, path, body = undefined, { arm = server.arm, ca = server.options.tlsOptions.ca } = {}) {
  return new Promise((done, failed) => {
    const headers = method === "GET" ? {} : { "Content-Type": "application/json" };
    const sent = request(new URL(path, arm), { method, ca, headers }, (answer) => {
      let text = "";
      answer.on("data", (part) => (text += part));
      answer.on("end", () => done({ status: answer.statusCode, body: text ? JSON.parse(text) : undefined }));
    });
    sent.on("error", failed);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
const steer = async (how) => assert.equal((await plane("PUT", "/_quaymaster/clock", how)).status, 200);
const order = async (fault) => assert.equal((await plane("POST", "/_quaymaster/faults", fault)).status, 200);

async function accepted(call) {
  let headers;
  await call({ onResponse: (response) => { headers ??= response.headers; } });
  assert.equal(headers.get("retry-after") ?? "0", "0");
  return new URL(headers.get("azure-asyncoperation")).pathname.split("/").at(-1);
}
/** Looks without a pause in between; how many looks it took. */
async function follow(look, isOver) {
  for (let looks = 1; ; ++looks) {
    const seen = await look();
    if (isOver(seen)) return [seen, looks];
    assert.ok(looks < 50, "a held read does not come back before something has changed");
  }
}
async function job(call) {
  const operation = await accepted(call);
  const [done] = await follow(() => backup.backupOperationStatuses.get(VAULT, GROUP, operation),
    (seen) => seen.status !== "InProgress");
  assert.equal(done.status, "Succeeded", JSON.stringify(done.error));
  const [job] = await follow(() => backup.jobDetails.get(VAULT, GROUP, done.properties.jobId),
    (seen) => !["InProgress", "Cancelling"].includes(seen.properties.status));
  return job;
}
const protect = (properties) => (options) => backup.protectedItems.createOrUpdate(VAULT, GROUP, FABRIC, CONTAINER, ITEM,
  { properties: { protectedItemType: "Microsoft.Compute/virtualMachines", sourceResourceId: machine.id,
    policyId: `${machine.id.split("/providers/")[0]}/providers/Microsoft.RecoveryServices/vaults/${VAULT}` +
      "/backupPolicies/DefaultPolicy", ...properties } }, options);
const backUp = (options) => backup.backups.trigger(VAULT, GROUP, FABRIC, CONTAINER, ITEM,
  { properties: { objectType: "IaasVMBackupRequest" } }, options);

test("pollers that would sleep for seconds see the end immediately", async () => {
  await resources.resourceGroups.createOrUpdate("short-lived", { location: LOCATION });
  const begin = performance.now();
  await resources.resourceGroups.beginDeleteAndWait("short-lived");  // with the client's default interval
  assert.ok(performance.now() - begin < AT_ONCE, `took ${performance.now() - begin} ms`);
});

test("a backup is followed by reads that wait for a change of its job or operation", async () => {
  assert.equal((await job(protect())).properties.status, "Completed");
  const done = await job(backUp);
  assert.equal(done.properties.status, "Completed");
  const late = Date.now() - new Date(done.properties.endTime).getTime();
  assert.ok(late < 300, `the client knew ${late} ms after the job's end`);
});

/** Prepares a drive with `files`, ships it, docks it and follows its job to the end without a pause. */
async function importDrive(id, files) {
  const account = await storage.storageAccounts.beginCreateAndWait(GROUP, "standinaccount",
    { location: LOCATION, kind: "StorageV2", sku: { name: "Standard_LRS" } });
  const source = join(server.root, `source-${id}`), drive = join(server.root, `drive-${id}`), job = `import-${id}`;
  mkdirSync(source);
  mkdirSync(drive);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(source, name), bytes);
  server.run("drive", "prepare", source, drive, "--drive-id", id, "--account", "standinaccount", "--container", "album");
  const manifest = readFileSync(join(drive, "DriveManifest.xml"));
  await jobs.jobs.create(job, GROUP, { location: LOCATION, properties: {
    storageAccountId: account.id, jobType: "Import", returnAddress: { recipientName: "A", streetAddress1: "1 Road",
      city: "Town", postalCode: "10000", countryOrRegion: "FR", phone: "0100000000", email: "a@example.org" },
    driveList: [{ driveId: id, bitLockerKey: "111111-222222-333333-444444-555555-666666-111111-483079",
      manifestFile: "\\DriveManifest.xml", manifestHash: createHash("md5").update(manifest).digest("hex").toUpperCase(),
      driveHeaderHash: "" }] } });
  await jobs.jobs.update(job, GROUP, { state: "Shipping",
    deliveryPackage: { carrierName: "FedEx", trackingNumber: "992016102507" } });
  renameSync(drive, join(server.dock, id));
  while ((await jobs.jobs.get(job, GROUP)).properties.state === "Shipping") { /* a job that waits for people */ }
  const [done] = await follow(() => jobs.jobs.get(job, GROUP),
    (seen) => ["Completed", "Closed"].includes(seen.properties.state));
  return done.properties;
}

test("an import job is followed in the same way from the drive's arrival", async () => {
  const done = await importDrive("QM7", { "a.jpg": randomBytes(2 << 20) });
  assert.equal(done.state, "Completed", JSON.stringify(done));
});

test("an ordered bad block fails its file, an ordered unplugging the drive", async () => {
  const files = Object.fromEntries([...Array(6).keys()].map((i) => [`f${i}.bin`, randomBytes(4 << 20)]));
  await order({ name: "bad block", drive: { id: "QM8", block: 2 } });
  const damaged = await importDrive("QM8", files);
  const [drive] = damaged.driveList;
  assert.equal(drive.copyStatus, "CompletedWithErrors", JSON.stringify(drive));
  assert.equal(drive.bytesSucceeded, 5 * (4 << 20), "one of six");
  await order({ name: "pulled", drive: { id: "QM9", unplugAt: 50 } });
  const [gone] = (await importDrive("QM9", files)).driveList;
  assert.match(gone.copyStatus, /DiskNotFound|DiskOperationFailed/, JSON.stringify(gone));
  assert.ok(gone.bytesSucceeded > 0 && gone.bytesSucceeded < 6 * (4 << 20), JSON.stringify(gone));
  await plane("DELETE", "/_quaymaster/faults");
});

test("a server that is killed between two steps resumes where it was", async () => {
  const first = await startServer({ args: ["--profile", "test"] });
  const at = { arm: first.arm, ca: first.options.tlsOptions.ca };
  const client = new ResourceManagementClient(first.credential(), first.subscription, first.options);
  await client.resourceGroups.createOrUpdate("doomed", { location: LOCATION });
  const killing = { name: "kill", step: { kind: "resources.delete_group", step: "remove_group" }, kill: true };
  assert.equal((await plane("POST", "/_quaymaster/faults", killing, at)).status, 200);
  await client.resourceGroups.beginDelete("doomed").catch(() => { /* its connection may end first */ });
  await first.stop({ signal: 0, remove: false });  // only waits, since the process has ended
  const second = await startServer({ args: ["--profile", "test"], keep: first.root });
  const again = new ResourceManagementClient(second.credential(), second.subscription, second.options);
  await follow(() => again.resourceGroups.checkExistence("doomed"), (seen) => !seen.body);
  await second.stop();
});

test("a step fails with the ordered code, and the next backup succeeds", async () => {
  await order({ name: "no-network", step: { kind: "rs_backup" }, code: "ExtensionSnapshotFailedNoNetwork",
    message: "The snapshot failed as ordered." });
  const failed = await job(backUp);
  assert.equal(failed.properties.status, "Failed");
  assert.equal(failed.properties.errorDetails[0].errorString, "The snapshot failed as ordered.");
  assert.equal(failed.properties.errorDetails[0].errorCode, 410003);
  assert.equal((await job(backUp)).properties.status, "Completed");
  await plane("DELETE", "/_quaymaster/faults");
});

test("a state restores everything, including a backup in the middle of its data", async () => {
  const image = join(images, "vm1.raw");
  writeFileSync(image, randomBytes(128 << 20));
  const atOnce = { requestOptions: { customHeaders: { Prefer: "wait=0" } } };
  const points = async () => {
    const names = [];
    for await (const point of backup.recoveryPoints.list(VAULT, GROUP, FABRIC, CONTAINER, ITEM)) names.push(point.name);
    return names;
  };
  const before = await points();
  const operation = await accepted(backUp);
  const [started] = await follow(() => backup.backupOperationStatuses.get(VAULT, GROUP, operation), (seen) => seen.properties?.jobId);
  const id = started.properties.jobId;
  assert.equal((await plane("PUT", "/_quaymaster/state/middle")).status, 200);
  const end = async () => (await follow(() => backup.jobDetails.get(VAULT, GROUP, id),
    (seen) => seen.properties.status !== "InProgress"))[0].properties.status;
  assert.equal(await end(), "Completed", "it goes on after the save");
  assert.equal((await points()).length, before.length + 1);
  for (let time = 0; time < 2; ++time) {  // any number of times
    await resources.resourceGroups.createOrUpdate("of-later", { location: LOCATION });
    assert.equal((await plane("POST", "/_quaymaster/state/middle/load")).status, 200);
    assert.equal((await resources.resourceGroups.checkExistence("of-later")).body, false);
    assert.equal((await backup.jobDetails.get(VAULT, GROUP, id, atOnce)).properties.status, "InProgress");
    assert.equal(await end(), "Completed", "it goes on after the load");
    assert.equal((await points()).length, before.length + 1);
  }
  assert.equal((await plane("DELETE", "/_quaymaster/state/middle")).status, 200);
  writeFileSync(image, randomBytes(1 << 20));
});

test("clients that retry after a refusal succeed", async () => {
  await order({ name: "busy", request: { method: "GET", path: "*/resourcegroups/standin" }, status: 503, times: 2, retryAfter: 0 });
  assert.equal((await resources.resourceGroups.get(GROUP)).name, GROUP);
  await order({ name: "gone", request: { path: "*/resourcegroups/standin" }, cut: true });
  assert.equal((await resources.resourceGroups.get(GROUP)).name, GROUP);
  const { body } = await plane("GET", "/_quaymaster/faults");
  assert.deepEqual(body.value.map((fault) => [fault.name, fault.met]), [["busy", 2], ["gone", 1]]);
  await plane("DELETE", "/_quaymaster/faults");
});

test("moving the clock has its effects: a deleted item is removed after its soft delete", async () => {
  const path = [VAULT, GROUP, FABRIC, CONTAINER, ITEM];
  await job((options) => backup.protectedItems.delete(...path, options));
  assert.equal((await backup.protectedItems.get(...path)).properties.isScheduledForDeferredDelete, true);
  await assert.rejects(vaults.vaults.delete(GROUP, VAULT), { statusCode: 400 });
  await steer({ advance: "P15D" });
  const deadline = performance.now() + 10_000;
  for (let gone = false; !gone; ) {
    gone = await vaults.vaults.delete(GROUP, VAULT).then(() => true, (error) => {
      assert.ok(performance.now() < deadline, error.message);
      return false;
    });
  }
  await steer({ follow: true });
});

test("a standard server offers none of it", async () => {
  const standard = await startServer();
  const at = { arm: standard.arm, ca: standard.options.tlsOptions.ca };
  for (const path of ["clock", "faults", "log", "state", "state/x", "anything", ""]) {
    for (const method of ["GET", "PUT", "POST", "DELETE"]) {
      assert.equal((await plane(method, `/_quaymaster/${path}`, undefined, at)).status, 404, `${method} ${path}`);
    }
  }
  await standard.stop();
});
