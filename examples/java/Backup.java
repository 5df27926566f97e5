// Backs the directory DIR up as a file share and restores it, with the official SDK; from Java 17 on.
//
//   mvn -q dependency:copy-dependencies; eval "$(quaymaster env --for java)"
//   java -cp 'target/dependency/*' Backup.java DIR     # below a directory of --share-directories
//
// Groups, accounts and vaults have typed clients here; requests below the vault use the pipeline of one of them.

import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpPipeline;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.management.AzureEnvironment;
import com.azure.core.management.profile.AzureProfile;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.resourcemanager.recoveryservices.RecoveryServicesManager;
import com.azure.resourcemanager.recoveryservices.models.PublicNetworkAccess;
import com.azure.resourcemanager.recoveryservices.models.Sku;
import com.azure.resourcemanager.recoveryservices.models.SkuName;
import com.azure.resourcemanager.recoveryservices.models.VaultProperties;
import com.azure.resourcemanager.storage.StorageManager;
import com.azure.resourcemanager.storage.fluent.models.FileShareInner;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

public class Backup {
  static final String URL = System.getenv("QUAYMASTER_URL"), SUBSCRIPTION = System.getenv("AZURE_SUBSCRIPTION_ID");
  static final String LOCATION = "westeurope", VERSION = "?api-version=2025-02-01";
  static final String ACCOUNT = "/backupFabrics/Azure/protectionContainers/StorageContainer;Storage;java;javaaccount";

  static HttpPipeline pipeline;
  static String vault;

  /** Sends a request about the vault. */
  static HttpResponse send(HttpMethod method, String path, Map<String, ?> properties) {
    HttpRequest request = new HttpRequest(method, URL + vault + path + (path.contains("?") ? "" : VERSION));
    if (properties != null) {
      request.setHeader(HttpHeaderName.CONTENT_TYPE, "application/json")
          .setBody(BinaryData.fromObject(Map.of("properties", properties)));
    }
    HttpResponse answer = pipeline.sendSync(request, Context.NONE);
    if (answer.getStatusCode() >= 300) {
      throw new IllegalStateException(method + " " + path + ": " + answer.getBodyAsBinaryData());
    }
    return answer;
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Object json) {
    return (Map<String, Object>) json;
  }

  static Map<String, Object> get(String path) {
    return object(send(HttpMethod.GET, path, null).getBodyAsBinaryData().toObject(Map.class));
  }

  static List<Map<String, Object>> list(String path) {
    return ((List<?>) get(path).get("value")).stream().map(Backup::object).toList();
  }

  /** Sends a request, follows the operation named by its 202 to the job, and waits for the job. */
  static void run(HttpMethod method, String path, Map<String, ?> properties) throws InterruptedException {
    String address = send(method, path, properties).getHeaderValue(HttpHeaderName.fromString("Azure-AsyncOperation"));
    String operation = address.substring(address.lastIndexOf('/') + 1, address.indexOf('?'));
    Map<String, Object> status, job;
    while ("InProgress".equals((status = get("/backupOperations/" + operation)).get("status"))) {
      Thread.sleep(100);
    }
    String id = "/backupJobs/" + object(status.get("properties")).get("jobId");
    while ("InProgress".equals((job = object(get(id).get("properties"))).get("status"))) {
      Thread.sleep(100);
    }
    System.out.println(job.get("operation") + ": " + job.get("status") + " "
        + object(job.get("extendedInfo")).get("propertyBag"));
    if (!"Completed".equals(job.get("status"))) {
      throw new IllegalStateException(job.toString());
    }
  }

  public static void main(String[] arguments) throws InterruptedException {
    AzureProfile profile = new AzureProfile(System.getenv("AZURE_TENANT_ID"), SUBSCRIPTION, new AzureEnvironment(Map.of(
        "activeDirectoryEndpointUrl", URL, "resourceManagerEndpointUrl", URL, "managementEndpointUrl", URL,
        "microsoftGraphResourceId", URL + "/")));
    TokenCredential who = new ClientSecretCredentialBuilder().authorityHost(URL).disableInstanceDiscovery()
        .tenantId(profile.getTenantId()).clientId(System.getenv("AZURE_CLIENT_ID"))
        .clientSecret(System.getenv("AZURE_CLIENT_SECRET")).build();

    StorageManager storage = StorageManager.authenticate(who, profile);
    String account = storage.storageAccounts().define("javaaccount").withRegion(LOCATION).withNewResourceGroup("java")
        .withGeneralPurposeAccountKindV2().create().id();
    storage.serviceClient().getFileShares().create("java", "javaaccount", "documents", new FileShareInner()
        .withMetadata(Map.of("quaymaster_path", Path.of(arguments[0]).toAbsolutePath().toString())));
    RecoveryServicesManager vaults = RecoveryServicesManager.authenticate(who, profile);
    vault = vaults.vaults().define("vault1").withRegion(LOCATION).withExistingResourceGroup("java")
        .withSku(new Sku().withName(SkuName.STANDARD))
        .withProperties(new VaultProperties().withPublicNetworkAccess(PublicNetworkAccess.ENABLED)).create().id();
    pipeline = vaults.serviceClient().getHttpPipeline();

    List<String> daily = List.of("2026-11-21T02:00:00Z");
    send(HttpMethod.PUT, "/backupPolicies/daily", Map.of(
        "backupManagementType", "AzureStorage", "workLoadType", "AzureFileShare", "timeZone", "UTC",
        "schedulePolicy", Map.of("schedulePolicyType", "SimpleSchedulePolicy", "scheduleRunFrequency", "Daily",
            "scheduleRunTimes", daily),
        "retentionPolicy", Map.of("retentionPolicyType", "LongTermRetentionPolicy", "dailySchedule",
            Map.of("retentionTimes", daily, "retentionDuration", Map.of("count", 30, "durationType", "Days")))));
    list("/backupPolicies").forEach(one -> System.out.println("policy " + one.get("name")));

    run(HttpMethod.PUT, ACCOUNT, Map.of("containerType", "StorageContainer", "backupManagementType", "AzureStorage",
        "sourceResourceId", account));
    run(HttpMethod.PUT, ACCOUNT + "/protectedItems/AzureFileShare;documents", Map.of("protectedItemType",
        "AzureFileShareProtectedItem", "policyId", vault + "/backupPolicies/daily", "sourceResourceId", account));
    String item = ACCOUNT + "/protectedItems/" + list("/backupProtectedItems").get(0).get("name");  // named by the vault
    run(HttpMethod.POST, item + "/backup", Map.of("objectType", "AzureFileShareBackupRequest"));
    Object point = list(item + "/recoveryPoints").get(0).get("name");
    run(HttpMethod.POST, item + "/recoveryPoints/" + point + "/restore", Map.of(
        "objectType", "AzureFileShareRestoreRequest", "recoveryType", "OriginalLocation", "sourceResourceId", account,
        "restoreRequestType", "FullShareRestore", "copyOptions", "Overwrite"));
    run(HttpMethod.PUT, item, Map.of("protectedItemType", "AzureFileShareProtectedItem", "sourceResourceId", account,
        "protectionState", "ProtectionStopped", "policyId", ""));  // stop and keep the data
    String filter = URLEncoder.encode("status eq 'Completed' and operation eq 'Restore'", StandardCharsets.UTF_8);
    list("/backupJobs" + VERSION + "&$filter=" + filter).forEach(one -> System.out.println("job " + one.get("name")));
  }
}
