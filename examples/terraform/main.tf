# A data center with a public LAN and a server in it.
#
#     eval "$(ionstack env terraform)" && terraform init && terraform apply

terraform {
  required_providers {
    ionoscloud = {
      source = "ionos-cloud/ionoscloud"
    }
  }
}

resource "ionoscloud_datacenter" "example" {
  name     = "example"
  location = "de/txl"
}

resource "ionoscloud_lan" "outside" {
  datacenter_id = ionoscloud_datacenter.example.id
  name          = "outside"
  public        = true
}

resource "ionoscloud_server" "web" {
  datacenter_id  = ionoscloud_datacenter.example.id
  name           = "web"
  cores          = 2
  ram            = 4096
  image_name     = "debian:latest"
  image_password = "ChangeMe123"

  volume {
    name      = "disk"
    size      = 10
    disk_type = "SSD Standard"
  }

  nic {
    name = "eth0"
    lan  = ionoscloud_lan.outside.id
  }
}

output "address" {
  value = ionoscloud_server.web.primary_ip
}
