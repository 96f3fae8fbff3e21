"""Kinds that definitions bring: which there are, and what their schemas make of an object.

Owns everything about custom objects that the server's verbs ask for. Mirrors k8s.io/apiextensions-apiserver. Rules
written in CEL (`x-kubernetes-validations`) are kept and not evaluated.
"""
