# A vault with a policy for machines and one for shares, and a machine and a share protected by them.
#
#   eval "$(quaymaster env --for terraform)"; terraform init
#   terraform apply -var machine=ID -var share=DIRECTORY
#
# ID: of a virtual machine whose disks are images of this server (examples/az or a seed can create one);
# DIRECTORY: below one of the server's --share-directories.

terraform {
  required_providers {
    azurerm = { source = "hashicorp/azurerm" }
  }
}

provider "azurerm" {
  features {}
}

variable "machine" {}
variable "share" {}

resource "azurerm_resource_group" "home" {
  name     = "terraform"
  location = "westeurope"
}

resource "azurerm_recovery_services_vault" "vault" {
  name                = "vault1"
  resource_group_name = azurerm_resource_group.home.name
  location            = azurerm_resource_group.home.location
  sku                 = "Standard"
}

resource "azurerm_backup_policy_vm" "nightly" {
  name                = "nightly"
  resource_group_name = azurerm_resource_group.home.name
  recovery_vault_name = azurerm_recovery_services_vault.vault.name
  timezone            = "UTC"
  backup {
    frequency = "Daily"
    time      = "23:00"
  }
  retention_daily {
    count = 30
  }
}

resource "azurerm_backup_protected_vm" "machine" {
  resource_group_name = azurerm_resource_group.home.name
  recovery_vault_name = azurerm_recovery_services_vault.vault.name
  source_vm_id        = var.machine
  backup_policy_id    = azurerm_backup_policy_vm.nightly.id
}

resource "azurerm_storage_account" "files" {
  name                     = "terraformfiles"
  resource_group_name      = azurerm_resource_group.home.name
  location                 = azurerm_resource_group.home.location
  account_tier             = "Standard"
  account_replication_type = "LRS"
}

resource "azurerm_storage_share" "documents" {
  name               = "documents"
  storage_account_id = azurerm_storage_account.files.id
  quota              = 100
  metadata           = { quaymaster_path = var.share }
}

resource "azurerm_backup_policy_file_share" "daily" {
  name                = "daily"
  resource_group_name = azurerm_resource_group.home.name
  recovery_vault_name = azurerm_recovery_services_vault.vault.name
  timezone            = "UTC"
  backup {
    frequency = "Daily"
    time      = "02:00"
  }
  retention_daily {
    count = 30
  }
}

resource "azurerm_backup_container_storage_account" "files" {
  resource_group_name = azurerm_resource_group.home.name
  recovery_vault_name = azurerm_recovery_services_vault.vault.name
  storage_account_id  = azurerm_storage_account.files.id
}

resource "azurerm_backup_protected_file_share" "documents" {
  resource_group_name       = azurerm_resource_group.home.name
  recovery_vault_name       = azurerm_recovery_services_vault.vault.name
  source_storage_account_id = azurerm_backup_container_storage_account.files.storage_account_id
  source_file_share_name    = azurerm_storage_share.documents.name
  backup_policy_id          = azurerm_backup_policy_file_share.daily.id
}
