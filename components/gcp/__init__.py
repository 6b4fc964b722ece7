"""Google Cloud. One file per capability, named as in every cloud, and beside it the parts it is made of.

| capability | parts |
|---|---|
| `services` | which APIs are enabled: `services.yaml` |
| `keys` | `agents` and `agents.yaml`: the service agents that encrypt with them |
| `identity` | `workload_bindings`: which Kubernetes account acts as which workload |
| `storage` | |
| `network` | `firewall` and its `firewall_rules`, `private_access`, `perimeter`, `existing_network` |
| `training` | `cluster`, `nodepools`, `machines`, `machines.yaml`, `kubeconfig`, `cluster_access` |

`grants` is shared: one role for one member on one resource. Importing this package imports no SDK.
"""
