// Microsoft.RecoveryServices through the official clients: machines with disk images and file shares, backed up,
// changed, restored, stopped, deleted and undeleted.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ComputeManagementClient } from "@azure/arm-compute";
import { RecoveryServicesClient } from "@azure/arm-recoveryservices";
import { RecoveryServicesBackupClient } from "@azure/arm-recoveryservicesbackup";
import { ResourceManagementClient } from "@azure/arm-resources";
import { StorageManagementClient } from "@azure/arm-storage";
import { BlobClient } from "@azure/storage-blob";
import { startServer } from "./server.mjs";

const GROUP = "backup-group", VAULT = "vault1", LOCATION = "westeurope", FABRIC = "Azure";
const QUICK = { updateIntervalInMs: 20 };
const MACHINE_CONTAINER = `iaasvmcontainer;iaasvmcontainerv2;${GROUP};vm1`;
const MACHINE_ITEM = `vm;iaasvmcontainerv2;${GROUP};vm1`;

let server, backup, vaults, storage, compute, machine, account, image, images, shares;
const bytes = randomBytes(6 << 20);

before(async () => {
  images = join("/tmp", `quaymaster-images-${process.pid}`);
  shares = join("/tmp", `quaymaster-shares-${process.pid}`);
  mkdirSync(images, { recursive: true });
  mkdirSync(join(shares, "documents", "folder"), { recursive: true });
  mkdirSync(join(shares, "elsewhere"), { recursive: true });
  server = await startServer({ args: ["--image-directories", images, "--share-directories", shares] });
  const clients = (Client) => new Client(server.credential(), server.subscription, server.options);
  [backup, vaults, storage, compute] =
    [RecoveryServicesBackupClient, RecoveryServicesClient, StorageManagementClient, ComputeManagementClient].map(clients);
  await clients(ResourceManagementClient).resourceGroups.createOrUpdate(GROUP, { location: LOCATION });

  image = join(images, "vm1.raw");
  writeFileSync(image, bytes);
  const disk = await compute.disks.beginCreateOrUpdateAndWait(GROUP, "vm1-os", {
    location: LOCATION, osType: "Linux", creationData: { createOption: "Import", sourceUri: image } }, QUICK);
  machine = await compute.virtualMachines.beginCreateOrUpdateAndWait(GROUP, "vm1", {
    location: LOCATION, hardwareProfile: { vmSize: "Standard_DS1_v2" },
    storageProfile: { osDisk: { osType: "Linux", createOption: "Attach", managedDisk: { id: disk.id } } } }, QUICK);
  account = await storage.storageAccounts.create(GROUP, "backupaccount",
    { location: LOCATION, kind: "StorageV2", sku: { name: "Standard_LRS" } });
  for (const name of ["documents", "elsewhere"]) {
    await storage.fileShares.create(GROUP, "backupaccount", name, { metadata: { "quaymaster_path": join(shares, name) } });
  }
  writeFileSync(join(shares, "documents", "letter.txt"), "Dear reader");
  writeFileSync(join(shares, "documents", "folder", "deep.txt"), "Deep");
  await vaults.vaults.createOrUpdate(GROUP, VAULT, { location: LOCATION, sku: { name: "Standard" }, properties: {} });
});
after(() => server?.stop());

async function collect(pages) {
  const all = [];
  for await (const item of pages) all.push(item);
  return all;
}

/** Runs a call that answers 202 and nothing else; tells where its operation is followed. */
async function accepted(call) {
  let headers;
  await call({ onResponse: (response) => { headers ??= response.headers; } });
  const address = headers.get("azure-asyncoperation");
  assert.ok(address, "an operation to follow");
  return new URL(address).pathname.split("/").at(-1);
}

/** The operation to its end; answers the job's id, if it names one. */
async function finished(operation) {
  for (;;) {
    const status = await backup.backupOperationStatuses.get(VAULT, GROUP, operation);
    if (status.status !== "InProgress") {
      assert.equal(status.status, "Succeeded", JSON.stringify(status.error));
      return status.properties?.jobId;
    }
    await sleep(20);
  }
}

async function ended(job) {
  for (;;) {
    const found = await backup.jobDetails.get(VAULT, GROUP, job);
    assert.ok(found.properties.extendedInfo.tasksList, "a list of tasks at any time");
    if (!["InProgress", "Cancelling"].includes(found.properties.status)) return found;
    await sleep(20);
  }
}

/** A call that starts a job, and the job at its end. */
async function job(call, status = "Completed") {
  const done = await ended(await finished(await accepted(call)));
  assert.equal(done.properties.status, status, JSON.stringify(done.properties));
  return done;
}

const policyId = (name) => `/subscriptions/${server.subscription}/resourceGroups/${GROUP}/providers/` +
  `Microsoft.RecoveryServices/vaults/${VAULT}/backupPolicies/${name}`;
const putMachine = (properties) => (options) => backup.protectedItems.createOrUpdate(VAULT, GROUP, FABRIC,
  MACHINE_CONTAINER, MACHINE_ITEM, { properties: {
    protectedItemType: "Microsoft.Compute/virtualMachines", sourceResourceId: machine.id, ...properties } }, options);
const backUpMachine = (options) => backup.backups.trigger(VAULT, GROUP, FABRIC, MACHINE_CONTAINER, MACHINE_ITEM,
  { properties: { objectType: "IaasVMBackupRequest" } }, options);
const getMachineItem = () => backup.protectedItems.get(VAULT, GROUP, FABRIC, MACHINE_CONTAINER, MACHINE_ITEM);
const machinePoints = () => collect(backup.recoveryPoints.list(VAULT, GROUP, FABRIC, MACHINE_CONTAINER, MACHINE_ITEM));

test("a new vault has its policies, configurations and usages", async () => {
  const vault = await vaults.vaults.get(GROUP, VAULT);
  assert.equal(vault.properties.provisioningState, "Succeeded");
  assert.equal(vault.type, "Microsoft.RecoveryServices/vaults");
  const names = (await collect(backup.backupPolicies.list(VAULT, GROUP))).map((policy) => policy.name).sort();
  assert.deepEqual(names, ["DefaultPolicy", "EnhancedPolicy", "HourlyLogBackup"]);
  const config = await backup.backupResourceVaultConfigs.get(VAULT, GROUP);
  assert.equal(config.properties.softDeleteFeatureState, "Enabled");
  assert.ok((await collect(vaults.usages.listByVaults(GROUP, VAULT))).length > 0);
  const patched = await vaults.vaults.beginUpdateAndWait(GROUP, VAULT, { tags: { site: "one" } }, QUICK);
  assert.equal(patched.tags.site, "one");
});

test("policies are checked, stored and distinguished", async () => {
  const at = new Date("2026-01-01T22:30:00Z");
  const body = (days, minutes = 30) => ({ properties: {
    backupManagementType: "AzureIaasVM", timeZone: "W. Europe Standard Time",
    schedulePolicy: { schedulePolicyType: "SimpleSchedulePolicy", scheduleRunFrequency: "Daily",
      scheduleRunTimes: [new Date(at.getTime() + (minutes - 30) * 60000)] },
    retentionPolicy: { retentionPolicyType: "LongTermRetentionPolicy", dailySchedule: {
      retentionTimes: [new Date(at.getTime() + (minutes - 30) * 60000)],
      retentionDuration: { count: days, durationType: "Days" } } } } });
  const made = await backup.protectionPolicies.createOrUpdate(VAULT, GROUP, "nightly", body(30));
  assert.equal(made.properties.retentionPolicy.dailySchedule.retentionDuration.count, 30);
  assert.equal(made.properties.protectedItemsCount, 0);
  const refused = { statusCode: 400, code: "BMSUserErrorInvalidPolicyInput" };
  await assert.rejects(backup.protectionPolicies.createOrUpdate(VAULT, GROUP, "short", body(3)), refused);
  await assert.rejects(backup.protectionPolicies.createOrUpdate(VAULT, GROUP, "odd", body(30, 44)), refused);
  const machines = await collect(backup.backupPolicies.list(VAULT, GROUP, { filter: "backupManagementType eq 'AzureIaasVM'" }));
  assert.ok(machines.some((policy) => policy.name === "nightly"));
  await backup.protectionPolicies.createOrUpdate(VAULT, GROUP, "gone", body(40));
  await backup.protectionPolicies.beginDeleteAndWait(VAULT, GROUP, "gone", QUICK);
  await assert.rejects(backup.protectionPolicies.get(VAULT, GROUP, "gone"), { statusCode: 404 });
});

test("a refresh finds the machine", async () => {
  await accepted((options) => backup.protectionContainers.refresh(VAULT, GROUP, FABRIC, options)).then(finished);
  const found = await collect(backup.backupProtectableItems.list(VAULT, GROUP,
    { filter: "backupManagementType eq 'AzureIaasVM'" }));
  const one = found.find((item) => item.properties.friendlyName === "vm1");
  assert.equal(one.properties.protectableItemType, "Microsoft.Compute/virtualMachines");
  assert.equal(one.properties.virtualMachineId.toLowerCase(), machine.id.toLowerCase());
});

test("a machine is protected, and its job completes", async () => {
  const done = await job(putMachine({ policyId: policyId("nightly") }));
  assert.equal(done.properties.operation, "ConfigureBackup");
  assert.equal(done.properties.jobType, "AzureIaaSVMJob");
  assert.equal(done.properties.extendedInfo.propertyBag["VM Name"], "vm1");
  assert.equal(done.properties.extendedInfo.propertyBag["Policy Name"], "nightly");
  const item = await getMachineItem();
  assert.equal(item.properties.protectionState, "IRPending");
  assert.equal(item.properties.policyId, policyId("nightly"));
  const containers = await collect(backup.backupProtectionContainers.list(VAULT, GROUP,
    { filter: "backupManagementType eq 'AzureIaasVM' and status eq 'Registered'" }));
  assert.deepEqual(containers.map((container) => container.properties.friendlyName), ["vm1"]);
  await assert.rejects(backup.protectionPolicies.beginDeleteAndWait(VAULT, GROUP, "nightly", QUICK), { statusCode: 400 });
});

test("backups create points, and the second stores only what changed", async () => {
  const first = await job(backUpMachine);
  assert.equal(first.properties.operation, "Backup");
  const { tasksList, propertyBag } = first.properties.extendedInfo;
  assert.deepEqual(tasksList.map((task) => [task.taskId, task.status]),
    [["Take Snapshot", "Completed"], ["Transfer data to vault", "Completed"]]);
  assert.match(propertyBag["Backup Size"], /^\d+ MB$/);
  bytes.copy(bytes, 4 << 20, 0, 4096);
  const copy = Buffer.from(readFileSync(image));
  bytes.copy(copy, 4 << 20, 4 << 20, (4 << 20) + 4096);
  writeFileSync(image, copy);
  const second = await job(backUpMachine);
  const fresh = Number(second.properties.extendedInfo.internalPropertyBag["Bytes new"]);
  assert.ok(fresh > 0 && fresh <= 512 * 1024, `only what changed is stored, not ${fresh} bytes`);
  const points = await machinePoints();
  assert.equal(points.length, 2);
  assert.equal(points[0].properties.objectType, "IaasVMRecoveryPoint");
  assert.ok(points[0].properties.recoveryPointTime > points[1].properties.recoveryPointTime, "newest first");
  assert.equal((await getMachineItem()).properties.protectionState, "Protected");
});

test("the first point is restored to a new disk, byte for byte", async () => {
  const original = Buffer.from(readFileSync(image));
  const [, oldest] = await machinePoints();
  const before = (await collect(compute.disks.listByResourceGroup(GROUP))).length;
  await backup.restores.beginTriggerAndWait(VAULT, GROUP, FABRIC, MACHINE_CONTAINER, MACHINE_ITEM, oldest.name, { properties: {
    objectType: "IaasVMRestoreRequest", recoveryPointId: oldest.name, recoveryType: "RestoreDisks",
    sourceResourceId: machine.id, storageAccountId: account.id, region: LOCATION, createNewCloudService: false,
    originalStorageAccountOption: false,
    targetResourceGroupId: `/subscriptions/${server.subscription}/resourceGroups/${GROUP}` } }, QUICK);
  const [newest] = await collect(backup.backupJobs.list(VAULT, GROUP, { filter: "operation eq 'Restore'" }));
  const done = await ended(newest.name);
  assert.equal(done.properties.status, "Completed", JSON.stringify(done.properties));
  assert.equal(done.properties.extendedInfo.propertyBag["Job Type"], "Recover disks");
  assert.match(done.properties.extendedInfo.propertyBag["Config Blob Uri"], /^http/);
  const disks = await collect(compute.disks.listByResourceGroup(GROUP));
  assert.equal(disks.length, before + 1);
  const restored = readFileSync(disks.find((disk) => disk.name !== "vm1-os").creationData.sourceUri.replace(/^file:\/\//, ""));
  const wanted = Buffer.from(original);
  assert.equal(restored.length, wanted.length);
  assert.equal(Buffer.compare(restored.subarray(0, 4 << 20), wanted.subarray(0, 4 << 20)), 0);
  assert.notEqual(Buffer.compare(restored, wanted), 0, "the first point has what was there before the change");
});

test("jobs are listed, filtered, shown, exported; one that has ended cannot be cancelled", async () => {
  const all = await collect(backup.backupJobs.list(VAULT, GROUP));
  assert.ok(all.length >= 4);
  assert.equal(all[0].properties.extendedInfo, undefined, "lists are without extendedInfo");
  const filtered = await collect(backup.backupJobs.list(VAULT, GROUP,
    { filter: "operation eq 'Backup' and status eq 'Completed' and backupManagementType eq 'AzureIaasVM'" }));
  assert.equal(filtered.length, 2);
  assert.deepEqual(await collect(backup.backupJobs.list(VAULT, GROUP, { filter: "status eq 'InProgress'" })), []);
  await assert.rejects(collect(backup.backupJobs.list(VAULT, GROUP, { filter: "operation is 'Backup'" })),
    { statusCode: 400 });
  await assert.rejects(backup.jobCancellations.trigger(VAULT, GROUP, filtered[0].name), { statusCode: 400 });
  await assert.rejects(backup.jobDetails.get(VAULT, GROUP, "00000000-0000-4000-8000-000000000000"), { statusCode: 404 });

  const operation = await accepted((options) => backup.jobs.export(VAULT, GROUP, options));
  for (let tries = 0; ; ++tries) {
    const result = await backup.exportJobsOperationResults.get(VAULT, GROUP, operation);
    const { blobUrl, blobSasKey } = result.operation;
    if (blobUrl) {
      const exported = await (await fetchFrom(blobUrl + blobSasKey)).json();
      assert.ok(JSON.stringify(exported).includes(filtered[0].name));
      // The link gives read access to exactly this blob.
      await assert.rejects(new BlobClient(blobUrl).downloadToBuffer());
      await assert.rejects(new BlobClient(blobUrl + blobSasKey.replace("sp=r", "sp=rw")).downloadToBuffer(), { statusCode: 403 });
      await assert.rejects(new BlobClient(blobUrl + blobSasKey).delete(), { statusCode: 403 });
      break;
    }
    assert.ok(tries < 250, "the export ends");
    await sleep(20);
  }
});

/** Plain fetch with the server's authority, which Node's own fetch does not know. */
async function fetchFrom(address) {
  const { get } = await import(address.startsWith("https:") ? "node:https" : "node:http");
  return new Promise((resolve, reject) => get(address, { ca: server.options.tlsOptions.ca }, (response) => {
    let text = "";
    response.on("data", (piece) => (text += piece));
    response.on("end", () => response.statusCode === 200 ? resolve({ json: () => JSON.parse(text) })
      : reject(new Error(`${response.statusCode} ${text}`)));
  }).on("error", reject));
}

test("a file share is registered, protected, backed up, and one file of it restored elsewhere", async () => {
  const container = `StorageContainer;Storage;${GROUP};backupaccount`;
  const registered = await backup.protectionContainers.beginRegisterAndWait(VAULT, GROUP, FABRIC, container, { properties: {
    backupManagementType: "AzureStorage", containerType: "StorageContainer", sourceResourceId: account.id } }, QUICK);
  assert.equal(registered.properties.registrationStatus, "Registered");
  await accepted((options) => backup.protectionContainers.inquire(VAULT, GROUP, FABRIC, container, options)).then(finished);
  const found = await collect(backup.backupProtectableItems.list(VAULT, GROUP,
    { filter: "backupManagementType eq 'AzureStorage'" }));
  const share = found.find((item) => item.properties.friendlyName === "documents");
  assert.equal(share.properties.protectableItemType, "AzureFileShare");

  const at = new Date("2026-01-01T22:30:00Z");
  await backup.protectionPolicies.createOrUpdate(VAULT, GROUP, "shares", { properties: {
    backupManagementType: "AzureStorage", workLoadType: "AzureFileShare", timeZone: "UTC",
    schedulePolicy: { schedulePolicyType: "SimpleSchedulePolicy", scheduleRunFrequency: "Daily", scheduleRunTimes: [at] },
    retentionPolicy: { retentionPolicyType: "LongTermRetentionPolicy", dailySchedule: {
      retentionTimes: [at], retentionDuration: { count: 30, durationType: "Days" } } } } });
  const put = (properties) => (options) => backup.protectedItems.createOrUpdate(VAULT, GROUP, FABRIC, container, share.name,
    { properties: { protectedItemType: "AzureFileShareProtectedItem", sourceResourceId: account.id, ...properties } }, options);
  assert.equal((await job(put({ policyId: policyId("shares") }))).properties.operation, "ConfigureBackup");
  const done = await job((options) => backup.backups.trigger(VAULT, GROUP, FABRIC, container, share.name,
    { properties: { objectType: "AzureFileShareBackupRequest" } }, options));
  assert.equal(done.properties.jobType, "AzureStorageJob");
  const [point] = await collect(backup.recoveryPoints.list(VAULT, GROUP, FABRIC, container, share.name));
  assert.equal(point.properties.objectType, "AzureFileShareRecoveryPoint");

  const restore = (files) => backup.restores.beginTriggerAndWait(VAULT, GROUP, FABRIC, container, share.name, point.name,
    { properties: { objectType: "AzureFileShareRestoreRequest", recoveryType: "AlternateLocation",
      sourceResourceId: account.id, copyOptions: "Overwrite", restoreRequestType: "ItemLevelRestore",
      restoreFileSpecs: files, targetDetails: { name: "elsewhere", targetResourceId: account.id } } }, QUICK);
  await restore([{ path: "folder/deep.txt", fileSpecType: "File", targetFolderPath: "found" }]);
  const [restoring] = await collect(backup.backupJobs.list(VAULT, GROUP,
    { filter: "operation eq 'Restore' and backupManagementType eq 'AzureStorage'" }));
  const restored = await ended(restoring.name);
  assert.equal(restored.properties.status, "Completed", JSON.stringify(restored.properties));
  assert.equal(restored.properties.extendedInfo.propertyBag["Number Of Restored Files"], "1");
  assert.equal(readFileSync(join(shares, "elsewhere", "found", "deep.txt"), "utf8"), "Deep");
  await assert.rejects(restore([{ path: "../letter.txt", fileSpecType: "File", targetFolderPath: "found" }]),
    { statusCode: 400 });
  const stopped = await job(put({ policyId: "", protectionState: "ProtectionStopped" }));
  assert.equal(stopped.properties.operation, "DisableBackup");
});

test("protection stops and resumes, data is deleted, undeleted, and deleted permanently", async () => {
  const stopped = await job(putMachine({ policyId: "", protectionState: "ProtectionStopped" }));
  assert.equal(stopped.properties.operation, "DisableBackup");
  assert.equal((await getMachineItem()).properties.protectionState, "ProtectionStopped");
  await job(putMachine({ policyId: policyId("DefaultPolicy") }));
  assert.equal((await getMachineItem()).properties.protectionState, "Protected");

  const remove = (options) => backup.protectedItems.delete(VAULT, GROUP, FABRIC, MACHINE_CONTAINER, MACHINE_ITEM, options);
  const removed = await job(remove);
  assert.equal(removed.properties.operation, "DeleteBackupData");
  const kept = await getMachineItem();
  assert.equal(kept.properties.isScheduledForDeferredDelete, true);
  await assert.rejects(vaults.vaults.beginDeleteAndWait(GROUP, VAULT, QUICK), { statusCode: 400 });

  const back = await job(putMachine({ policyId: "", isRehydrate: true, protectionState: "ProtectionStopped" }));
  assert.equal(back.properties.operation, "Undelete");
  assert.equal((await machinePoints()).length, 2);

  await backup.backupResourceVaultConfigs.update(VAULT, GROUP, { properties: { softDeleteFeatureState: "Disabled" } });
  await job(remove);
  await assert.rejects(getMachineItem(), { statusCode: 404 });
});

test("an empty vault is deleted", async () => {
  const container = `StorageContainer;Storage;${GROUP};backupaccount`;
  const items = await collect(backup.backupProtectedItems.list(VAULT, GROUP));
  for (const item of items) {
    await job((options) => backup.protectedItems.delete(VAULT, GROUP, FABRIC, container, item.name, options));
  }
  await backup.protectionContainers.unregister(VAULT, GROUP, FABRIC, container);
  for (let tries = 0; tries < 100; ++tries) {
    const left = await collect(backup.backupProtectionContainers.list(VAULT, GROUP,
      { filter: "backupManagementType eq 'AzureStorage'" }));
    if (left.length === 0) break;
    await sleep(20);
  }
  await vaults.vaults.beginDeleteAndWait(GROUP, VAULT, QUICK);
  await assert.rejects(vaults.vaults.get(GROUP, VAULT), { statusCode: 404 });
});

test("unknown vaults, policies and points are reported with Azure's codes", async () => {
  await assert.rejects(vaults.vaults.get(GROUP, "nothing"), { statusCode: 404, code: "ResourceNotFound" });
  await assert.rejects(backup.protectionPolicies.get("nothing", GROUP, "DefaultPolicy"), { statusCode: 404 });
});
