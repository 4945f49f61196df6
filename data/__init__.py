"""Memory of the desk: the journal, the records folded from it, the store that keeps both, and its exchange with central."""
