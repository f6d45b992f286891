# A table of contents: the work is done in build/ and test/. Every target installs what it needs.
with-toolchain := build/bootstrap.sh
N ?= 1000
on-cluster := $(with-toolchain) test/cluster/enter
image := dist/image/redis-operator-linux-amd64.tar

.DEFAULT_GOAL := help
.PHONY: help demo test check schedules soak stories stories-long model e2e bench binary image generate verify cluster-up cluster-down deploy undeploy clean

help: ## Show this list
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/\1\t\2/' | expand -t 16

demo: binary image cluster-up ## See it work: a real Kubernetes, the operator, and three Redis pods
	@$(with-toolchain) node test/cluster/load.ts $(image)
	@$(on-cluster) node test/demo.ts

##
check: ## Format, lint, types, generated files, unit tests: about a minute
	@$(with-toolchain) node test/suite.ts check
test: ## Everything that must hold, on a real cluster too: about eleven minutes, five to ten more the first time
	@$(with-toolchain) node test/suite.ts
stories: ## Seeded stories of failures, in a simulated world
	@$(with-toolchain) node --test --test-isolation=none 'internal/simulation/**/*.test.ts'
	@$(with-toolchain) node test/stories/run.ts 2000 1
stories-long: ## Any number of fresh ones on all processors: N=100000
	@$(with-toolchain) node test/stories/run.ts $(N)
model: ## The protocol of failover, explored state by state: a million states (ARGS="tell margin" tells a way that breaks it)
	@$(with-toolchain) node test/model/run.ts $(ARGS)
e2e: deploy ## Only the tests on the cluster (ENGINE_IMAGE=localhost/valkey:8 for the other engine)
	@$(on-cluster) node --test --test-isolation=none 'test/e2e/**/*.test.ts'
schedules: ## Random faults on real processes: ledgers W and A (ARGS="--seed 3 --count 1" repeats one)
	@$(with-toolchain) node test/schedules/run.ts $(ARGS)
soak: deploy ## What takes an hour: false failovers under load, idle minutes, the long scenarios (MINUTES=30, IDLE_MINUTES=10)
	@$(on-cluster) node test/soak/idle.ts
	@$(on-cluster) node test/soak/false-failovers.ts
	@SOAK=1 $(on-cluster) node --test --test-isolation=none --test-name-pattern='Scenario (2|8|10|11)' test/e2e/alone/absence.test.ts test/e2e/failover/scenarios.test.ts
bench: deploy ## Measure memory, processor time and speed
	@$(with-toolchain) node test/bench/prepare.ts
	@$(on-cluster) node test/bench/run.ts

##
generate: ## Write the files that are made from code
	@$(with-toolchain) node build/generate.ts
verify: ## Check that they are fresh
	@$(with-toolchain) node build/generate.ts --verify
binary: ## Build the binary
	@$(with-toolchain) node build/binary.ts
image: binary ## Build the operator's image
	@$(with-toolchain) node build/image.ts

##
cluster-up: ## Start a Kubernetes of three nodes, or use KUBECONFIG
	@$(with-toolchain) node test/cluster/up.ts
cluster-down: ## End it
	@$(with-toolchain) node test/cluster/down.ts
deploy: image cluster-up ## Install the operator on it (IMAGE=... for an image of your registry)
	@$(with-toolchain) node test/cluster/load.ts $(image)
	@$(on-cluster) node build/deploy.ts
undeploy: ## Remove the operator; definitions and clusters stay
	@$(on-cluster) node build/deploy.ts --remove

##
clean: ## Remove what was built here; the cache stays
	rm -rf dist node_modules
