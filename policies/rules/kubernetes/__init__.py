"""The rules' Kubernetes side: how each guarantee is read from the objects of a cluster."""
