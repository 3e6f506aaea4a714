"""Studies: cells times seeds, played once, kept as shards, resumed after anything."""
