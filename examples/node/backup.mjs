// Backs the directory DIR up as a file share and restores it, with the official SDK.
//
//   npm install; eval "$(quaymaster env --for node)"; node backup.mjs DIR     # below a directory of --share-directories
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ClientSecretCredential } from "@azure/identity";
import { RecoveryServicesClient } from "@azure/arm-recoveryservices";
import { RecoveryServicesBackupClient } from "@azure/arm-recoveryservicesbackup";
import { ResourceManagementClient } from "@azure/arm-resources";
import { StorageManagementClient } from "@azure/arm-storage";

const { QUAYMASTER_URL: url, AZURE_SUBSCRIPTION_ID: subscription, AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET } = process.env;
const who = new ClientSecretCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET,
  { authorityHost: url, disableInstanceDiscovery: true });
const client = (Kind) => new Kind(who, subscription, { endpoint: url });
const backup = client(RecoveryServicesBackupClient), storage = client(StorageManagementClient);
const location = "westeurope", at = ["vault1", "node"];
const container = "StorageContainer;Storage;node;nodeaccount";

/** Sends a request, follows the operation named by its 202 to the job, and waits for the job. */
async function run(group, request, ...what) {
  let headers;
  await group[request](...at, "Azure", container, ...what, { onResponse: (answer) => { headers ??= answer.headers; } });
  const operation = new URL(headers.get("azure-asyncoperation")).pathname.split("/").at(-1);
  let status, job;
  while ((status = await backup.backupOperationStatuses.get(...at, operation)).status === "InProgress") await sleep(100);
  while ((job = (await backup.jobDetails.get(...at, status.properties.jobId)).properties).status === "InProgress") await sleep(100);
  console.log(`${job.operation}: ${job.status}`);
  if (job.status !== "Completed") throw new Error(JSON.stringify(job.errorDetails));
}

await client(ResourceManagementClient).resourceGroups.createOrUpdate("node", { location });
const account = await storage.storageAccounts.create("node", "nodeaccount",
  { location, kind: "StorageV2", sku: { name: "Standard_LRS" } });
await storage.fileShares.create("node", "nodeaccount", "documents", { metadata: { "quaymaster_path": resolve(process.argv[2]) } });
await client(RecoveryServicesClient).vaults.createOrUpdate("node", "vault1",
  { location, sku: { name: "Standard" }, properties: { publicNetworkAccess: "Enabled" } });
const daily = [new Date("2026-11-21T02:00:00Z")];
const policy = await backup.protectionPolicies.createOrUpdate(...at, "daily", { properties: {
  backupManagementType: "AzureStorage", workLoadType: "AzureFileShare", timeZone: "UTC",
  schedulePolicy: { schedulePolicyType: "SimpleSchedulePolicy", scheduleRunFrequency: "Daily", scheduleRunTimes: daily },
  retentionPolicy: { retentionPolicyType: "LongTermRetentionPolicy",
    dailySchedule: { retentionTimes: daily, retentionDuration: { count: 30, durationType: "Days" } } } } });
await backup.protectionContainers.beginRegisterAndWait(...at, "Azure", container, { properties: {
  containerType: "StorageContainer", backupManagementType: "AzureStorage", sourceResourceId: account.id } });
await run(backup.protectedItems, "createOrUpdate", "AzureFileShare;documents", { properties: {
  protectedItemType: "AzureFileShareProtectedItem", policyId: policy.id, sourceResourceId: account.id } });
const { value: item } = await backup.backupProtectedItems.list(...at).next();  // the name is assigned by the vault
await run(backup.backups, "trigger", item.name, { properties: { objectType: "AzureFileShareBackupRequest" } });
const { value: point } = await backup.recoveryPoints.list(...at, "Azure", container, item.name).next();
await run(backup.restores, "beginTrigger", item.name, point.name, { properties: {
  objectType: "AzureFileShareRestoreRequest", recoveryType: "OriginalLocation", sourceResourceId: account.id,
  restoreRequestType: "FullShareRestore", copyOptions: "Overwrite" } });
