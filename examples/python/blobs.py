"""Writes, lists and reads a blob of the emulator's account: with its key, and with a connection string.

    eval "$(quaymaster env --for python --account devstoreaccount1)"; python3 blobs.py
"""
import os

from azure.storage.blob import BlobServiceClient

service = BlobServiceClient.from_connection_string(os.environ["AZURE_STORAGE_CONNECTION_STRING"])
container = service.get_container_client("python")
if not container.exists():
    container.create_container()
blob = container.get_blob_client("letters/one.txt")
blob.upload_blob(b"dear reader\n", overwrite=True, metadata={"tone": "warm"})
print([one.name for one in container.list_blobs(name_starts_with="letters/")])
assert blob.download_blob(validate_content=True).readall() == b"dear reader\n"
assert blob.get_blob_properties().metadata == {"tone": "warm"}
container.delete_container()
