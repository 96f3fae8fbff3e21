"""Everyone with a will of their own. Actors never import each other: they meet in the API."""
