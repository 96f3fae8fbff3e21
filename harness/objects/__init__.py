"""What a Pod, a claim, a node is: immutable typed values, and pure functions on them."""
