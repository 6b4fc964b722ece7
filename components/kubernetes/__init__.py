"""What runs in any cluster, on every cloud: namespaces, admission, network policy, identity, workloads."""
