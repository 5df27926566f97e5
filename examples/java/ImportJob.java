// Creates an import job for one drive, ships it, reads its keys back and cancels it, with the official SDK's client for
// any resource; from Java 17 on.
//
//   mvn -q dependency:copy-dependencies; eval "$(quaymaster env --for java)"
//   java -cp 'target/dependency/*' ImportJob.java

import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpRequest;
import com.azure.core.management.AzureEnvironment;
import com.azure.core.management.profile.AzureProfile;
import com.azure.core.util.Context;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.resourcemanager.resources.ResourceManager;
import com.azure.resourcemanager.resources.fluent.ResourcesClient;
import com.azure.resourcemanager.resources.fluent.models.GenericResourceInner;
import com.azure.resourcemanager.storage.StorageManager;
import java.util.List;
import java.util.Map;

public class ImportJob {
  static final String URL = System.getenv("QUAYMASTER_URL"), SUBSCRIPTION = System.getenv("AZURE_SUBSCRIPTION_ID");
  static final String LOCATION = "westus2", GROUP = "javadrives", VERSION = "2021-01-01";

  static void check(Object is, Object wanted) {
    if (!wanted.equals(is)) {
      throw new IllegalStateException(is + " is not " + wanted);
    }
  }

  public static void main(String[] arguments) {
    AzureProfile profile = new AzureProfile(System.getenv("AZURE_TENANT_ID"), SUBSCRIPTION, new AzureEnvironment(Map.of(
        "activeDirectoryEndpointUrl", URL, "resourceManagerEndpointUrl", URL, "managementEndpointUrl", URL,
        "microsoftGraphResourceId", URL + "/")));
    TokenCredential who = new ClientSecretCredentialBuilder().authorityHost(URL).disableInstanceDiscovery()
        .tenantId(profile.getTenantId()).clientId(System.getenv("AZURE_CLIENT_ID"))
        .clientSecret(System.getenv("AZURE_CLIENT_SECRET")).build();
    ResourceManager manager = ResourceManager.authenticate(who, profile).withSubscription(SUBSCRIPTION);
    ResourcesClient resources = manager.serviceClient().getResources();
    String group = manager.resourceGroups().define(GROUP).withRegion(LOCATION).create().id();
    String account = StorageManager.authenticate(who, profile).storageAccounts().define("javadrives").withRegion(LOCATION)
        .withExistingResourceGroup(GROUP).withGeneralPurposeAccountKindV2().create().id();

    String id = group.substring(1) + "/providers/Microsoft.ImportExport/jobs/import1";
    GenericResourceInner wanted = new GenericResourceInner().withProperties(Map.of(
        "jobType", "Import", "storageAccountId", account, "backupDriveManifest", true, "logLevel", "Verbose",
        "diagnosticsPath", "waimportexport",
        "returnAddress", Map.of("recipientName", "Tests", "streetAddress1", "1 Street", "city", "Redmond",
            "stateOrProvince", "WA", "postalCode", "98052", "countryOrRegion", "USA", "phone", "4250000000",
            "email", "tests@example.org"),
        "returnShipping", Map.of("carrierName", "FedEx", "carrierAccountNumber", "123456789"),
        "driveList", List.of(Map.of("driveId", "00CA0001", "manifestFile", "\\DriveManifest.xml", "driveHeaderHash", "",
            "bitLockerKey", "238810-662376-448998-450120-652806-203390-606320-483076",
            "manifestHash", "109B21108597EF36D5785F08303F3638"))));
    wanted.withLocation(LOCATION);
    GenericResourceInner job = resources.createOrUpdateById(id, VERSION, wanted);
    System.out.println(job.name() + " " + ((Map<?, ?>) job.properties()).get("state"));

    job = resources.updateById(id, VERSION, new GenericResourceInner().withProperties(Map.of("state", "Shipping",
        "deliveryPackage", Map.of("carrierName", "FedEx", "trackingNumber", "123", "driveCount", 1,
            "shipDate", "2026-11-21"))));
    check(((Map<?, ?>) job.properties()).get("state"), "Shipping");
    Map<?, ?> keys = manager.serviceClient().getHttpPipeline().sendSync(new HttpRequest(HttpMethod.POST,
        URL + "/" + id + "/listBitLockerKeys?api-version=" + VERSION), Context.NONE).getBodyAsBinaryData().toObject(Map.class);
    check(((Map<?, ?>) ((List<?>) keys.get("value")).get(0)).get("driveId"), "00CA0001");
    resources.updateById(id, VERSION, new GenericResourceInner().withProperties(Map.of("cancelRequested", true)));
    resources.listByResourceGroup(GROUP).forEach(one -> System.out.println(one.type() + " " + one.name()));
  }
}
