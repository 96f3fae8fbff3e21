"""What a network would do with the objects of a cluster: names, policies and routes, as pure functions.

Owns the answers to three questions: what a name resolves to, whether the network policies let traffic through, and
where an ingress sends a request. Sends nothing: it reads objects at one instant, and knows neither who asks nor when.
"""
