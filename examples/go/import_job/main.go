// Creates an import job for one drive, ships it, reads its keys back and cancels it. There is no need for a client of
// Microsoft.ImportExport: the generic one of armresources takes any resource, and a pipeline any other request.
//
//	eval "$(quaymaster env --for go)"; go run ./import_job
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
)

const group, version = "godrives", "2021-01-01"

type object = map[string]any

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// last returns the end of an operation.
func last[T any](ctx context.Context, poller *runtime.Poller[T], err error) T {
	return must(must(poller, err).PollUntilDone(ctx, nil))
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
	location := to.Ptr("westus2")

	groups := must(armresources.NewResourceGroupsClient(subscription, who, options))
	must(groups.CreateOrUpdate(ctx, group, armresources.ResourceGroup{Location: location}, nil))
	creating, err := must(armstorage.NewAccountsClient(subscription, who, options)).BeginCreate(ctx, group, "godrives",
		armstorage.AccountCreateParameters{Location: location, Kind: to.Ptr(armstorage.KindStorageV2),
			SKU: &armstorage.SKU{Name: to.Ptr(armstorage.SKUNameStandardLRS)}}, nil)
	account := last(ctx, creating, err)

	resources := must(armresources.NewClient(subscription, who, options))
	id := fmt.Sprintf("/subscriptions/%s/resourceGroups/%s/providers/Microsoft.ImportExport/jobs/import1", subscription, group)
	making, err := resources.BeginCreateOrUpdateByID(ctx, id, version, armresources.GenericResource{Location: location, Properties: object{
		"jobType": "Import", "storageAccountId": account.ID, "backupDriveManifest": true, "logLevel": "Verbose",
		"diagnosticsPath": "waimportexport",
		"returnAddress": object{"recipientName": "Tests", "streetAddress1": "1 Street", "city": "Redmond", "stateOrProvince": "WA",
			"postalCode": "98052", "countryOrRegion": "USA", "phone": "4250000000", "email": "tests@example.org"},
		"returnShipping": object{"carrierName": "FedEx", "carrierAccountNumber": "123456789"},
		"driveList": []object{{"driveId": "00CA0001", "manifestFile": `\DriveManifest.xml`, "driveHeaderHash": "",
			"bitLockerKey": "238810-662376-448998-450120-652806-203390-606320-483076",
			"manifestHash": "109B21108597EF36D5785F08303F3638"}}}}, nil)
	job := last(ctx, making, err)
	fmt.Println(*job.Name, job.Properties.(object)["state"])

	update := func(properties object) object {
		changing, err := resources.BeginUpdateByID(ctx, id, version, armresources.GenericResource{Properties: properties}, nil)
		return last(ctx, changing, err).Properties.(object)
	}
	shipped := update(object{"state": "Shipping", "deliveryPackage": object{
		"carrierName": "FedEx", "trackingNumber": "123", "driveCount": 1, "shipDate": "2026-11-21"}})
	if shipped["state"] != "Shipping" {
		log.Fatal(shipped)
	}

	any := must(arm.NewClient("example", "v1.0.0", who, options))
	request := must(runtime.NewRequest(ctx, http.MethodPost, runtime.JoinPaths(any.Endpoint(), id, "listBitLockerKeys")+"?api-version="+version))
	answer := must(any.Pipeline().Do(request))
	var keys struct {
		Value []struct{ DriveID, BitLockerKey string }
	}
	if err := runtime.UnmarshalAsJSON(answer, &keys); err != nil || len(keys.Value) != 1 || keys.Value[0].DriveID != "00CA0001" {
		log.Fatal(answer.Status, err, keys)
	}

	update(object{"cancelRequested": true})
	for pages := resources.NewListByResourceGroupPager(group, &armresources.ClientListByResourceGroupOptions{
		Filter: to.Ptr("resourceType eq 'Microsoft.ImportExport/jobs'")}); pages.More(); {
		for _, one := range must(pages.NextPage(ctx)).Value {
			fmt.Println(*one.Name, *one.Type)
		}
	}
}
