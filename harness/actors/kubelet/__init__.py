"""The kubelets: they start, probe, report and stop the containers of the pods on their nodes."""

from harness.actors.kubelet.kubelets import Kubelets

__all__ = ["Kubelets"]
