// Subscriptions, resource groups and storage accounts through the official management clients.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ResourceManagementClient } from "@azure/arm-resources";
import { StorageManagementClient } from "@azure/arm-storage";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { startServer } from "./server.mjs";

let server, resources, storage;

before(async () => {
  server = await startServer();
  resources = new ResourceManagementClient(server.credential(), server.subscription, server.options);
  storage = new StorageManagementClient(server.credential(), server.subscription, server.options);
});
after(() => server?.stop());

async function collect(pages) {
  const all = [];
  for await (const item of pages) all.push(item);
  return all;
}

test("a resource group lives from creation to deletion", async () => {
  const made = await resources.resourceGroups.createOrUpdate("Group-A", { location: "westus", tags: { site: "one" } });
  assert.equal(made.name, "Group-A");
  assert.equal(made.properties.provisioningState, "Succeeded");
  assert.equal((await resources.resourceGroups.get("group-a")).tags.site, "one");
  assert.ok((await resources.resourceGroups.checkExistence("GROUP-A")).body);
  assert.ok((await collect(resources.resourceGroups.list())).some((group) => group.name === "Group-A"));
  await resources.resourceGroups.beginDeleteAndWait("Group-A", { updateIntervalInMs: 50 });
  await assert.rejects(resources.resourceGroups.get("Group-A"), { code: "ResourceGroupNotFound", statusCode: 404 });
});

test("the keys of a storage account give access to its containers until they are regenerated", async () => {
  await resources.resourceGroups.createOrUpdate("group-b", { location: "westus" });
  const account = await storage.storageAccounts.create("group-b", "sdkaccount",
    { location: "westus", kind: "StorageV2", sku: { name: "Standard_LRS" } });
  assert.equal(account.provisioningState, "Succeeded");
  const { keys } = await storage.storageAccounts.listKeys("group-b", "sdkaccount");
  assert.equal(keys.length, 2);

  const open = (key) => new BlobServiceClient(account.primaryEndpoints.blob, new StorageSharedKeyCredential("sdkaccount", key));
  await open(keys[0].value).createContainer("first");
  const renewed = await storage.storageAccounts.regenerateKey("group-b", "sdkaccount", { keyName: "key1" });
  assert.notEqual(renewed.keys[0].value, keys[0].value);
  await assert.rejects(open(keys[0].value).createContainer("second"), { statusCode: 403 });
  await open(keys[1].value).createContainer("second");

  assert.deepEqual((await collect(storage.storageAccounts.list())).map((a) => a.name), ["sdkaccount"]);
  await storage.storageAccounts.delete("group-b", "sdkaccount");
  assert.deepEqual(await collect(storage.storageAccounts.listByResourceGroup("group-b")), []);
});

test("refusals carry Azure's codes", async () => {
  await assert.rejects(storage.storageAccounts.getProperties("nowhere", "nothing"), { statusCode: 404 });
  const foreign = new ResourceManagementClient(server.credential(), "00000000-0000-4000-8000-00000000dead", server.options);
  await assert.rejects(collect(foreign.resourceGroups.list()), { code: "SubscriptionNotFound" });
  const forged = new ResourceManagementClient(server.credential("not the secret"), server.subscription, server.options);
  await assert.rejects(collect(forged.resourceGroups.list()), { name: "AuthenticationRequiredError" });
});

test("everything exists after a restart", async () => {
  await resources.resourceGroups.createOrUpdate("group-c", { location: "westus" });
  const { root, arm } = server;
  assert.equal(await server.stop({ remove: false }), 0);
  server = await startServer({ keep: root });
  assert.notEqual(server.arm, undefined);
  resources = new ResourceManagementClient(server.credential(), server.subscription, server.options);
  assert.equal((await resources.resourceGroups.get("group-c")).name, "group-c");
  assert.ok(arm);
});
