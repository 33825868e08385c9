"""A recording from its link to what is known of it before anything is paid: which links, which addresses, how much of
it, what it is, how long it is, whether anybody speaks. Bytes stay in memory; nothing is written to a disk."""
