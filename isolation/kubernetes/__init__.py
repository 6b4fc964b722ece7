"""Kubernetes in the neutral model: workloads as endpoints, NetworkPolicies as packet filters."""
