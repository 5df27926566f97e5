"""Accounts, groups, resources, plain REST, containers and blobs."""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from session import Flow, az


class Resources(Flow):
    def test_account(self):
        shown = az("account show")
        self.assertEqual(shown["id"], self.subscription)
        self.assertEqual([one["id"] for one in az("account list --refresh")], [self.subscription])
        self.assertIn("westeurope", [one["name"] for one in az("account list-locations")])
        self.assertIn(shown["tenantId"], 
                      [one["tenantId"] for one in az("rest --url /tenants?api-version=2020-01-01")["value"]])
        token = az("account get-access-token")
        self.assertEqual(token["tokenType"], "Bearer")
        self.assertEqual(token["accessToken"].count("."), 2)

    def test_groups(self):
        made = az("group create -n groups -l", "West Europe", "--tags", "a=b")
        self.assertEqual((made["location"], made["tags"]), ("westeurope", {"a": "b"}))
        az("group update -n GROUPS --set tags.c=d")
        self.assertEqual(az("group show -n groups")["tags"], {"a": "b", "c": "d"})
        self.assertIn("groups", [one["name"] for one in az("group list")])
        self.assertEqual([one["name"] for one in az("group list --tag a=b")], ["groups"])
        self.assertIs(az("group exists -n groups"), True)
        az("group delete -n groups -y")
        self.assertIs(az("group exists -n groups"), False)
        self.refused("group show -n groups", 3, "ResourceGroupNotFound")

    def test_resources(self):
        az("group create -n things -l westeurope")
        az("storage account create -n thingsaccount -g things -l westeurope --sku Standard_LRS")
        shown = az("resource show -g things -n thingsaccount --resource-type Microsoft.Storage/storageAccounts")
        self.assertEqual(shown["kind"], "StorageV2")
        self.assertEqual(az(f"resource show --ids {shown['id']}")["id"], shown["id"])
        self.assertEqual([one["name"] for one in az("resource list -g things")], ["thingsaccount"])
        listed = az("resource list --resource-type Microsoft.Storage/storageAccounts")
        self.assertIn("thingsaccount", [one["name"] for one in listed])
        az(f"resource tag --ids {shown['id']} --tags a=b")
        self.assertEqual(az("storage account show -g things -n thingsaccount")["tags"], {"a": "b"})
        # The newest az asks for confirmation before it changes a tier.
        confirmed = ["--yes"] if "--yes" in az("storage account update --help") else []
        az("storage account update -g things -n thingsaccount --tags c=d --access-tier Cool", *confirmed)
        shown = az("storage account show -g things -n thingsaccount")
        self.assertEqual((shown["tags"], shown["accessTier"]), ({"c": "d"}, "Cool"))
        self.assertEqual(shown["encryption"]["keySource"], "Microsoft.Storage")
        self.assertEqual(az("provider show -n Microsoft.RecoveryServices")["registrationState"], "Registered")
        self.assertIn("Microsoft.ImportExport", [one["namespace"] for one in az("provider list")])
        az("provider register -n Microsoft.ImportExport --wait")
        az(f"resource delete --ids {shown['id']}")
        self.refused("storage account show -g things -n thingsaccount", 3, "ResourceNotFound")

    def test_what_is_never_there_is_an_empty_list(self):
        az("group create -n empty -l westeurope")
        for command in ("lock list", "policy assignment list", "snapshot list", "deployment group list -g empty",
                        "deployment sub list"):
            with self.subTest(command):
                self.assertEqual(az(command), [])
        self.refused("tag list", 1, "no separate list of their names")
        self.refused("ad signed-in-user show", 1, "delegated authentication flow")
        az("group delete -n empty -y")

    def test_monitor(self):
        az("group create -n monitored -l westeurope")
        account = az("storage account create -n monitoredaccount -g monitored -l westeurope --sku Standard_LRS")["id"]
        for command in ("metrics alert list", "metrics alert list -g monitored", "action-group list",
                        "action-group list -g monitored", "autoscale list -g monitored", "activity-log alert list",
                        "activity-log list-categories", f"diagnostic-settings list --resource {account}",
                        f"diagnostic-settings categories list --resource {account}",
                        f"metrics list-definitions --resource {account}", "log-profiles list",
                        "log-analytics workspace list", "log-analytics workspace list -g monitored"):
            with self.subTest(command):
                answer = az(f"monitor {command}")
                self.assertEqual(answer["value"] if isinstance(answer, dict) else answer, [])
        self.refused("monitor activity-log list", 1, "quaymaster audit")
        self.refused(f"monitor metrics list --resource {account}", 1, "at /metrics")
        self.refused("monitor action-group create -g monitored -n none", 1, "nothing raises alerts here")
        self.refused("monitor log-analytics workspace create -g monitored -n none", 1, "no Log Analytics")
        az("group delete -n monitored -y")

    def test_rest(self):
        answer = az("rest --url", "/subscriptions/{subscriptionId}/resourcegroups?api-version=2021-04-01")
        self.assertIn("value", answer)
        self.refused("rest --url /subscriptions/{subscriptionId}/resourcegroups/none?api-version=2021-04-01", 1,
                     "ResourceGroupNotFound")
        self.refused("rest --url /subscriptions/{subscriptionId}/resourcegroups", 1, "MissingApiVersionParameter")

    def test_blobs(self):
        az("group create -n blobs -l westeurope")
        az("storage account create -n blobsaccount -g blobs -l westeurope --sku Standard_LRS")
        connection = az("storage account show-connection-string -g blobs -n blobsaccount")["connectionString"]
        login = ("--connection-string", connection)
        self.assertEqual(az("storage container create -n one", *login), {"created": True})
        self.assertEqual(az("storage container exists -n one", *login), {"exists": True})
        az("storage container show -n one", *login)
        self.assertEqual([one["name"] for one in az("storage container list", *login)], ["one"])
        small = self.folder / "work/small.txt"
        small.write_text("hello\n")
        large = self.folder / "work/large.bin"
        large.write_bytes(bytes(range(256)) * (70 * 4096))
        (self.folder / "work/empty").touch()
        for name, path in (("a/small.txt", small), ("large.bin", large), ("empty", self.folder / "work/empty")):
            az(f"storage blob upload -c one -n {name} -f {path} --no-progress", *login)
            back = self.folder / "work/back"
            az(f"storage blob download -c one -n {name} -f {back} --no-progress", *login)
            self.assertEqual(back.read_bytes(), path.read_bytes(), name)
        self.refused(f"storage blob upload -c one -n empty -f {small} --no-progress --connection-string '{connection}'",
                     1, "BlobAlreadyExists")
        az(f"storage blob upload -c one -n empty -f {small} --no-progress --overwrite", *login)
        shown = az("storage blob show -c one -n a/small.txt", *login)
        self.assertEqual(shown["properties"]["contentLength"], 6)
        self.assertEqual(az("storage blob exists -c one -n none", *login), {"exists": False})
        names = [one["name"] for one in az("storage blob list -c one", *login)]
        self.assertEqual(names, ["a/small.txt", "empty", "large.bin"])
        names = [one["name"] for one in az("storage blob list -c one --delimiter /", *login)]
        self.assertEqual(sorted(names), ["a/", "empty", "large.bin"])
        az("storage blob metadata update -c one -n empty --metadata k=v", *login)
        self.assertEqual(az("storage blob metadata show -c one -n empty", *login), {"k": "v"})
        az("storage blob update -c one -n empty --content-type text/x", *login)
        sas = az("storage blob generate-sas -c one -n empty --permissions r --expiry 2030-01-01T00:00Z --full-uri", *login)
        az(f"storage blob download --blob-url '{sas}' -f {self.folder / 'work/by-sas'} --no-progress")
        self.assertEqual((self.folder / "work/by-sas").read_text(), "hello\n")
        # In a shell with the variables of `quaymaster env --for az --account` az sends both a key and the signature.
        os.environ["AZURE_STORAGE_CONNECTION_STRING"] = connection
        try:
            az(f"storage blob download --blob-url '{sas}' -f {self.folder / 'work/by-both'} --no-progress")
        finally:
            del os.environ["AZURE_STORAGE_CONNECTION_STRING"]
        self.assertEqual((self.folder / "work/by-both").read_text(), "hello\n")
        az(f"storage blob upload -c one -n cool -f {small} --tier Cool --no-progress", *login)
        self.assertEqual(az("storage blob show -c one -n cool", *login)["properties"]["blobTier"], "Cool")
        az("storage blob set-tier -c one -n cool --tier Hot", *login)
        az("storage blob delete -c one -n cool", *login)
        endpoint = az("storage account show -g blobs -n blobsaccount")["primaryEndpoints"]["blob"].rstrip("/")
        with self.assertRaises(Exception):  # a token over plain http is refused by az itself
            az(f"storage blob list -c one --auth-mode login --blob-endpoint {endpoint}")
        az("storage blob delete -c one -n empty", *login)
        az("storage blob delete-batch -s one --pattern a/*", *login)
        self.assertEqual([one["name"] for one in az("storage blob list -c one", *login)], ["large.bin"])
        by_name = "--account-name blobsaccount"  # with a key that az looks up, or a token: the server's TLS port
        for proof in (by_name, by_name + " --auth-mode login"):
            self.assertEqual([one["name"] for one in az(f"storage blob list -c one {proof}")], ["large.bin"])
        self.assertEqual(az("storage container delete -n one", *login), {"deleted": True})
        keys = az("storage account keys list -g blobs -n blobsaccount")
        renewed = az("storage account keys renew -g blobs -n blobsaccount --key key1")
        self.assertNotEqual(renewed[0]["value"], keys[0]["value"])


    def test_files_queues_and_tables(self):
        az("group create -n others -l westeurope")
        az("storage account create -n othersaccount -g others -l westeurope --sku Standard_LRS")
        connection = az("storage account show-connection-string -g others -n othersaccount")["connectionString"]
        for service in ("share", "queue", "table", "fs"):
            for proof in ("--account-name othersaccount", f"--connection-string '{connection}'"):
                with self.subTest(service, proof=proof):
                    self.refused(f"storage {service} list {proof}", 1, "This server offers only blobs")
        self.assertEqual(az("storage share-rm list --storage-account othersaccount -g others"), [])
        az("group delete -n others -y")


class Modules(unittest.TestCase):
    """The module on PYTHONPATH that works around defects of the machine."""

    def test_two_servers_modules_do_not_call_each_other(self):
        ours = pathlib.Path(os.environ["PYTHONPATH"].split(os.pathsep)[0])
        another = Flow.folder / "work/python"
        another.mkdir()
        shutil.copy(ours / "sitecustomize.py", another)
        ran = subprocess.run([sys.executable, "-c", "import socket; socket.getaddrinfo('a.blob.localhost', 1)"],
                             env=dict(os.environ, PYTHONPATH=f"{another}:{ours}:{another}"), capture_output=True, text=True)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))

    def test_only_names_of_this_servers_faces_are_made_known(self):
        """Tests something only if the resolver lacks the names under localhost (no libnss-myhostname)."""
        looked = "import socket; socket.getaddrinfo('a.%s.localhost', 1)"
        self.assertEqual(subprocess.run([sys.executable, "-c", looked % "blob"]).returncode, 0)
        bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        with_ours = subprocess.run([sys.executable, "-c", looked % "table"], capture_output=True).returncode
        without = subprocess.run([sys.executable, "-c", looked % "table"], env=bare, capture_output=True).returncode
        self.assertEqual(with_ours, without)


if __name__ == "__main__":
    unittest.main()
