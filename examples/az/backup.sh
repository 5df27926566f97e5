#!/bin/sh
# Backs a directory up as a file share with the Azure CLI:  backup.sh DIRECTORY   (below one of --share-directories)
set -eu
quaymaster az ${QUAYMASTER_DATA:+--data "$QUAYMASTER_DATA"} login -o none
variables=$(quaymaster env --for az ${QUAYMASTER_DATA:+--data "$QUAYMASTER_DATA"})  # a separate statement, so that a failure ends the script
eval "$variables"
az group create -n home -l westeurope -o none
az storage account create -n homeaccount -g home -l westeurope --sku Standard_LRS -o none
az rest --method put -o none --url "/subscriptions/$AZURE_SUBSCRIPTION_ID/resourceGroups/home/providers/Microsoft.Storage/\
storageAccounts/homeaccount/fileServices/default/shares/documents?api-version=2022-09-01" \
  --body "{\"properties\":{\"metadata\":{\"quaymaster_path\":\"$1\"}}}"
az backup vault create -n vault1 -g home -l westeurope -o none
in="-g home -v vault1"
kind="--backup-management-type AzureStorage --workload-type AzureFileShare"
az backup policy create $in -n daily $kind -o none --policy '{"properties":{"backupManagementType":"AzureStorage",
  "workLoadType":"AzureFileShare","timeZone":"UTC","schedulePolicy":{"schedulePolicyType":"SimpleSchedulePolicy",
  "scheduleRunFrequency":"Daily","scheduleRunTimes":["2026-11-21T02:00:00Z"]},
  "retentionPolicy":{"retentionPolicyType":"LongTermRetentionPolicy","dailySchedule":{"retentionTimes":
  ["2026-11-21T02:00:00Z"],"retentionDuration":{"count":30,"durationType":"Days"}}}}}'
az backup protection enable-for-azurefileshare $in -p daily --storage-account homeaccount --azure-file-share documents -o none
job=$(az backup protection backup-now $in -c homeaccount -i documents $kind --retain-until 01-02-2030 --query name -o tsv)
az backup job wait $in -n "$job"
az backup job list $in --status Completed -o table
az backup recoverypoint list $in -c homeaccount -i documents $kind -o table
