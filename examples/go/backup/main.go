// Backs the directory DIR up as a file share and restores it, with the official SDK.
//
//	eval "$(quaymaster env --for go)"; go run ./backup DIR     # below a directory of --share-directories
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	vaults "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/recoveryservices/armrecoveryservices"
	backup "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/recoveryservices/armrecoveryservicesbackup/v4"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
)

const (
	group, vault, account = "go", "vault1", "goaccount"
	fabric, container     = "Azure", "StorageContainer;Storage;go;goaccount"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// last returns the end of an operation that the SDK itself follows.
func last[T any](ctx context.Context, poller *runtime.Poller[T], err error) T {
	return must(must(poller, err).PollUntilDone(ctx, nil))
}

// first returns the first entry of a list.
func first[P, T any](ctx context.Context, pager *runtime.Pager[P], entries func(P) []*T) *T {
	return entries(must(pager.NextPage(ctx)))[0]
}

// run sends a request, follows the operation that its 202 names to the job, and waits for that.
func run(ctx context.Context, clients *backup.ClientFactory, send func(context.Context) error) {
	var answer *http.Response
	if err := send(policy.WithCaptureResponse(ctx, &answer)); err != nil {
		log.Fatal(err)
	}
	operation, _, _ := strings.Cut(path.Base(answer.Header.Get("Azure-AsyncOperation")), "?")
	var status backup.BackupOperationStatusesClientGetResponse
	for {
		status = must(clients.NewBackupOperationStatusesClient().Get(ctx, vault, group, operation, nil))
		if *status.Status != backup.OperationStatusValuesInProgress {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	id := status.Properties.(*backup.OperationStatusJobExtendedInfo).JobID
	for {
		job := must(clients.NewJobDetailsClient().Get(ctx, vault, group, *id, nil)).Properties.(*backup.AzureStorageJob)
		if *job.Status == string(backup.JobStatusInProgress) {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		fmt.Printf("%s: %s after %s, %d properties\n", *job.Operation, *job.Status, *job.Duration, len(job.ExtendedInfo.PropertyBag))
		if *job.Status != string(backup.JobStatusCompleted) {
			log.Fatalf("%+v", job.ErrorDetails)
		}
		return
	}
}

func main() {
	ctx := context.Background()
	url, subscription := os.Getenv("QUAYMASTER_URL"), os.Getenv("AZURE_SUBSCRIPTION_ID")
	core := policy.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: url,
		Services: map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: url, Audience: url}}}}
	who := must(azidentity.NewClientSecretCredential(os.Getenv("AZURE_TENANT_ID"), os.Getenv("AZURE_CLIENT_ID"),
		os.Getenv("AZURE_CLIENT_SECRET"),
		&azidentity.ClientSecretCredentialOptions{ClientOptions: core, DisableInstanceDiscovery: true}))
	options := &arm.ClientOptions{ClientOptions: core}
	location := to.Ptr("westeurope")

	groups := must(armresources.NewResourceGroupsClient(subscription, who, options))
	must(groups.CreateOrUpdate(ctx, group, armresources.ResourceGroup{Location: location}, nil))
	storage := must(armstorage.NewClientFactory(subscription, who, options))
	creating, err := storage.NewAccountsClient().BeginCreate(ctx, group, account, armstorage.AccountCreateParameters{
		Location: location, Kind: to.Ptr(armstorage.KindStorageV2),
		SKU: &armstorage.SKU{Name: to.Ptr(armstorage.SKUNameStandardLRS)}}, nil)
	source := last(ctx, creating, err).ID
	documents := must(filepath.Abs(os.Args[1]))
	must(storage.NewFileSharesClient().Create(ctx, group, account, "documents", armstorage.FileShare{
		FileShareProperties: &armstorage.FileShareProperties{Metadata: map[string]*string{"quaymaster_path": &documents}}}, nil))
	making, err := must(vaults.NewVaultsClient(subscription, who, options)).BeginCreateOrUpdate(ctx, group, vault, vaults.Vault{
		Location: location, SKU: &vaults.SKU{Name: to.Ptr(vaults.SKUNameStandard)},
		Properties: &vaults.VaultProperties{PublicNetworkAccess: to.Ptr(vaults.PublicNetworkAccessEnabled)}}, nil)
	fmt.Println(*last(ctx, making, err).Name)

	clients := must(backup.NewClientFactory(subscription, who, options))
	daily := []*time.Time{to.Ptr(time.Date(2026, 11, 21, 2, 0, 0, 0, time.UTC))}
	policy := must(clients.NewProtectionPoliciesClient().CreateOrUpdate(ctx, vault, group, "daily", backup.ProtectionPolicyResource{
		Properties: &backup.AzureFileShareProtectionPolicy{
			BackupManagementType: to.Ptr("AzureStorage"), WorkLoadType: to.Ptr(backup.WorkloadTypeAzureFileShare), TimeZone: to.Ptr("UTC"),
			SchedulePolicy: &backup.SimpleSchedulePolicy{SchedulePolicyType: to.Ptr("SimpleSchedulePolicy"),
				ScheduleRunFrequency: to.Ptr(backup.ScheduleRunTypeDaily), ScheduleRunTimes: daily},
			RetentionPolicy: &backup.LongTermRetentionPolicy{RetentionPolicyType: to.Ptr("LongTermRetentionPolicy"),
				DailySchedule: &backup.DailyRetentionSchedule{RetentionTimes: daily, RetentionDuration: &backup.RetentionDuration{
					Count: to.Ptr[int32](30), DurationType: to.Ptr(backup.RetentionDurationTypeDays)}}}}}, nil))
	for policies := clients.NewBackupPoliciesClient().NewListPager(vault, group, nil); policies.More(); {
		for _, one := range must(policies.NextPage(ctx)).Value {
			fmt.Printf("policy %s: %T\n", *one.Name, one.Properties)
		}
	}

	registering, err := clients.NewProtectionContainersClient().BeginRegister(ctx, vault, group, fabric, container,
		backup.ProtectionContainerResource{Properties: &backup.AzureStorageContainer{
			ContainerType:        to.Ptr(backup.ProtectableContainerTypeStorageContainer),
			BackupManagementType: to.Ptr(backup.BackupManagementTypeAzureStorage), SourceResourceID: source}}, nil)
	last(ctx, registering, err)
	items := clients.NewProtectedItemsClient()
	run(ctx, clients, func(ctx context.Context) error {
		_, err := items.CreateOrUpdate(ctx, vault, group, fabric, container, "AzureFileShare;documents", backup.ProtectedItemResource{
			Properties: &backup.AzureFileshareProtectedItem{ProtectedItemType: to.Ptr("AzureFileShareProtectedItem"),
				PolicyID: policy.ID, SourceResourceID: source}}, nil)
		return err
	})
	item := *first(ctx, clients.NewBackupProtectedItemsClient().NewListPager(vault, group, nil), // the vault has named it
		func(page backup.BackupProtectedItemsClientListResponse) []*backup.ProtectedItemResource {
			return page.Value
		}).Name
	run(ctx, clients, func(ctx context.Context) error {
		_, err := clients.NewBackupsClient().Trigger(ctx, vault, group, fabric, container, item, backup.BackupRequestResource{
			Properties: &backup.AzureFileShareBackupRequest{ObjectType: to.Ptr("AzureFileShareBackupRequest")}}, nil)
		return err
	})
	point := first(ctx, clients.NewRecoveryPointsClient().NewListPager(vault, group, fabric, container, item, nil),
		func(page backup.RecoveryPointsClientListResponse) []*backup.RecoveryPointResource { return page.Value })
	run(ctx, clients, func(ctx context.Context) error {
		_, err := clients.NewRestoresClient().BeginTrigger(ctx, vault, group, fabric, container, item, *point.Name,
			backup.RestoreRequestResource{Properties: &backup.AzureFileShareRestoreRequest{
				ObjectType: to.Ptr("AzureFileShareRestoreRequest"), RecoveryType: to.Ptr(backup.RecoveryTypeOriginalLocation),
				SourceResourceID: source, RestoreRequestType: to.Ptr(backup.RestoreRequestTypeFullShareRestore),
				CopyOptions: to.Ptr(backup.CopyOptionsOverwrite)}}, nil)
		return err
	})
	run(ctx, clients, func(ctx context.Context) error { // stop, and keep what there is
		_, err := items.CreateOrUpdate(ctx, vault, group, fabric, container, item, backup.ProtectedItemResource{
			Properties: &backup.AzureFileshareProtectedItem{ProtectedItemType: to.Ptr("AzureFileShareProtectedItem"), PolicyID: to.Ptr(""),
				SourceResourceID: source, ProtectionState: to.Ptr(backup.ProtectionStateProtectionStopped)}}, nil)
		return err
	})
	completed := &backup.BackupJobsClientListOptions{Filter: to.Ptr("status eq 'Completed' and backupManagementType eq 'AzureStorage'")}
	for jobs := clients.NewBackupJobsClient().NewListPager(vault, group, completed); jobs.More(); {
		for _, one := range must(jobs.NextPage(ctx)).Value {
			job := one.Properties.(*backup.AzureStorageJob)
			fmt.Println(job.StartTime.Format(time.RFC3339), *job.Operation, *job.Status)
		}
	}
}
