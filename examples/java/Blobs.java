// Writes, lists and reads a blob of the emulator's account, with a connection string; from Java 17 on.
//
//   mvn -q dependency:copy-dependencies; eval "$(quaymaster env --for java --account devstoreaccount1)"
//   java -cp 'target/dependency/*' Blobs.java

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.ListBlobsOptions;
import com.azure.storage.blob.options.BlobParallelUploadOptions;
import java.util.Map;

public class Blobs {
  public static void main(String[] arguments) {
    String text = "dear reader\n";
    BlobContainerClient container = new BlobServiceClientBuilder()
        .connectionString(System.getenv("AZURE_STORAGE_CONNECTION_STRING")).buildClient().getBlobContainerClient("java");
    container.createIfNotExists();
    BlobClient blob = container.getBlobClient("letters/one.txt");
    blob.uploadWithResponse(new BlobParallelUploadOptions(BinaryData.fromString(text)).setMetadata(Map.of("tone", "warm")),
        null, null);
    for (BlobItem one : container.listBlobs(new ListBlobsOptions().setPrefix("letters/"), null)) {
      System.out.println(one.getName() + " " + one.getProperties().getContentLength());
    }
    if (!text.equals(blob.downloadContent().toString()) || !"warm".equals(blob.getProperties().getMetadata().get("tone"))) {
      throw new IllegalStateException(blob.downloadContent().toString());
    }
    container.delete();
  }
}
