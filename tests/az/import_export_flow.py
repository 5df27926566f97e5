"""The requests of az's extension import-export 1.0.0b1, as it sends them (the extension itself would have to be downloaded)."""
import json
import unittest

from session import Failed, Flow, az

VERSION = "2016-11-01"
WHERE = "/resourceGroups/drives/providers/Microsoft.ImportExport/jobs"


class ImportExport(Flow):
    @classmethod
    def setUpClass(cls):
        az("group create -n drives -l westus2")
        cls.account = az("storage account create -n drivesaccount -g drives -l westus2 --sku Standard_LRS")["id"]

    def call(self, method, path, body=None, scope=None):
        scope = f"/subscriptions/{self.subscription}" if scope is None else scope
        words = ["--url", f"{scope}{path}?api-version={VERSION}", "--headers", "Accept-Language=en-us"]
        return az(f"rest --method {method}", *words, *(["--body", json.dumps(body)] if body else []))

    def test_locations(self):
        names = [one["name"] for one in self.call("get", "/providers/Microsoft.ImportExport/locations", scope="")["value"]]
        self.assertIn("West US 2", names)
        for name in ("westus2", "West%20US%202"):
            shown = self.call("get", f"/providers/Microsoft.ImportExport/locations/{name}", scope="")
            self.assertEqual(shown["name"], "West US 2")
            self.assertTrue(shown["properties"]["supportedCarriers"])
        self.assertTrue(self.call("get", "/providers/Microsoft.ImportExport/operations", scope="")["value"])

    def test_import_job(self):
        job = {"location": "westus2", "properties": {
            "storageAccountId": self.account, "jobType": "Import",
            "returnAddress": {"recipientName": "Tests", "streetAddress1": "1 Street", "city": "Redmond",
                              "stateOrProvince": "WA", "postalCode": "98052", "countryOrRegion": "USA",
                              "phone": "4250000000", "email": "tests@example.org"},
            "returnShipping": {"carrierName": "FedEx", "carrierAccountNumber": "123456789"},
            "diagnosticsPath": "waimportexport", "logLevel": "Verbose", "backupDriveManifest": True,
            "driveList": [{"driveId": "00CA0001", "bitLockerKey": "238810-662376-448998-450120-652806-203390-606320-483076",
                           "manifestFile": "\\DriveManifest.xml", "manifestHash": "109B21108597EF36D5785F08303F3638",
                           "driveHeaderHash": ""}]}}
        made = self.call("put", f"{WHERE}/import1", job)
        self.assertEqual(made["properties"]["state"], "Creating")
        self.assertEqual(self.call("get", f"{WHERE}/IMPORT1")["properties"]["backupDriveManifest"], True)
        self.assertIn("import1", [one["name"] for one in self.call("get", WHERE)["value"]])
        self.assertIn("import1", [one["name"] for one in
                                  self.call("get", "/providers/Microsoft.ImportExport/jobs")["value"]])
        keys = self.call("post", f"{WHERE}/import1/listBitLockerKeys")["value"]
        self.assertEqual([(one["driveId"], one["bitLockerKey"][:6]) for one in keys], [("00CA0001", "238810")])
        shipped = self.call("patch", f"{WHERE}/import1", {"properties": {"state": "Shipping", "deliveryPackage": {
            "carrierName": "FedEx", "trackingNumber": "123", "driveCount": 1, "shipDate": "2026-11-21"}}})
        self.assertEqual(shipped["properties"]["state"], "Shipping")
        self.call("patch", f"{WHERE}/import1", {"properties": {"cancelRequested": True}})
        self.assertIs(self.call("get", f"{WHERE}/import1")["properties"]["cancelRequested"], True)

    def test_export_job(self):
        job = {"location": "westus2", "properties": {
            "storageAccountId": self.account, "jobType": "Export",
            "returnAddress": {"recipientName": "Tests", "streetAddress1": "1 Street", "city": "Redmond",
                              "stateOrProvince": "WA", "postalCode": "98052", "countryOrRegion": "USA",
                              "phone": "4250000000", "email": "tests@example.org"},
            "returnShipping": {"carrierName": "FedEx", "carrierAccountNumber": "123456789"},
            "export": {"blobListblobPath": "/lists/one.xml"}}}
        made = self.call("put", f"{WHERE}/export1", job)
        self.assertEqual(made["properties"]["export"]["blobListblobPath"], "/lists/one.xml", "as 2016-11-01 spells it")
        self.call("delete", f"{WHERE}/export1")
        with self.assertRaises(Failed) as failed:
            self.call("get", f"{WHERE}/export1")
        self.assertIn("ResourceNotFound", failed.exception.text)


if __name__ == "__main__":
    unittest.main()
