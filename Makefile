.PHONY: cluster-up cluster-down
cluster-up:
	node test/cluster/up.ts
cluster-down:
	node test/cluster/down.ts
