// Creates an import job for one drive, ships it, reads its keys back and cancels it.
//
//   npm install; eval "$(quaymaster env --for node)"; node import_job.mjs
import assert from "node:assert/strict";
import { ClientSecretCredential } from "@azure/identity";
import { ResourceManagementClient } from "@azure/arm-resources";
import { StorageManagementClient } from "@azure/arm-storage";
import { StorageImportExport } from "@azure/arm-storageimportexport";

const { QUAYMASTER_URL: url, AZURE_SUBSCRIPTION_ID: subscription, AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET } = process.env;
const who = new ClientSecretCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET,
  { authorityHost: url, disableInstanceDiscovery: true });
const client = (Kind) => new Kind(who, subscription, { endpoint: url });
const location = "westus2", group = "nodedrives";
await client(ResourceManagementClient).resourceGroups.createOrUpdate(group, { location });
const account = await client(StorageManagementClient).storageAccounts.create(group, "nodedrives",
  { location, kind: "StorageV2", sku: { name: "Standard_LRS" } });

const jobs = client(StorageImportExport).jobs;
const job = await jobs.create("import1", group, { location, properties: {
  jobType: "Import", storageAccountId: account.id, backupDriveManifest: true, logLevel: "Verbose", diagnosticsPath: "waimportexport",
  returnAddress: { recipientName: "Tests", streetAddress1: "1 Street", city: "Redmond", stateOrProvince: "WA",
    postalCode: "98052", countryOrRegion: "USA", phone: "4250000000", email: "tests@example.org" },
  returnShipping: { carrierName: "FedEx", carrierAccountNumber: "123456789" },
  driveList: [{ driveId: "00CA0001", manifestFile: "\\DriveManifest.xml", driveHeaderHash: "",
    bitLockerKey: "238810-662376-448998-450120-652806-203390-606320-483076",
    manifestHash: "109B21108597EF36D5785F08303F3638" }] } });
console.log(job.name, job.properties.state);
const shipped = await jobs.update("import1", group, { state: "Shipping", deliveryPackage: {
  carrierName: "FedEx", trackingNumber: "123", driveCount: 1, shipDate: "2026-11-21" } });
assert.equal(shipped.properties.state, "Shipping");
const { value: key } = await client(StorageImportExport).bitLockerKeys.list("import1", group).next();
assert.equal(key.driveId, "00CA0001");
await jobs.update("import1", group, { cancelRequested: true });
for await (const one of jobs.listByResourceGroup(group)) console.log(one.name, one.properties.state);
