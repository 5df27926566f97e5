// Writes, lists and reads a blob of the emulator's account, with a connection string.
//
//	eval "$(quaymaster env --for go --account devstoreaccount1)"; go run ./blobs
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
)

const container, name, text = "golang", "letters/one.txt", "dear reader\n"

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	service := must(azblob.NewClientFromConnectionString(os.Getenv("AZURE_STORAGE_CONNECTION_STRING"), nil))
	if _, err := service.CreateContainer(ctx, container, nil); err != nil && !bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		log.Fatal(err)
	}
	must(service.UploadBuffer(ctx, container, name, []byte(text), &azblob.UploadBufferOptions{Metadata: map[string]*string{"tone": to.Ptr("warm")}}))
	for pages := service.NewListBlobsFlatPager(container, &azblob.ListBlobsFlatOptions{Prefix: to.Ptr("letters/"),
		Include: azblob.ListBlobsInclude{Metadata: true}}); pages.More(); {
		for _, blob := range must(pages.NextPage(ctx)).Segment.BlobItems {
			fmt.Println(*blob.Name, *blob.Properties.ContentLength, *blob.Metadata["tone"])
		}
	}
	buffer := make([]byte, 100)
	if read := must(service.DownloadBuffer(ctx, container, name, buffer, nil)); string(buffer[:read]) != text {
		log.Fatalf("%q", buffer[:read])
	}
	must(service.DeleteContainer(ctx, container, nil))
}
