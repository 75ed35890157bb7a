"""Before against after, measured: what got worse, by how much, and how sure that is, with how many runs."""
