import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planNamespaces } from './network.ts';
import { planCluster } from './plan.ts';

const plan = planCluster('/cache/cluster');

test('clusters of different folders share no network namespace', () => {
  const namesOf = (folder: string): readonly string[] =>
    planNamespaces(planCluster(folder)).map((setup) => setup.namespace);
  const others = namesOf('/other');
  assert.deepEqual(
    namesOf('/one').filter((name) => others.includes(name)),
    [],
  );
});

test('nodes share neither addresses nor pods’ ranges nor folders', () => {
  for (const part of ['name', 'namespace', 'cable', 'address', 'podRange', 'folder', 'zone'] as const) {
    assert.equal(new Set(plan.nodes.map((node) => node[part])).size, plan.nodes.length, part);
  }
});

test('every namespace knows the way to the pods of every node but its own', () => {
  for (const setup of planNamespaces(plan)) {
    const elsewhere = plan.nodes.filter((node) => node.namespace !== setup.namespace);
    const routes = elsewhere.map((node) => `route add ${node.podRange} via ${node.address}`);
    assert.deepEqual(
      setup.commands.filter((command) => command.startsWith('route add 10.244.')),
      routes,
    );
  }
});

test('no namespace has a way out of the cluster', () => {
  const commands = planNamespaces(plan).flatMap((setup) => setup.commands);
  const targets = commands.flatMap((command) => command.match(/(?<=via )\S+/) ?? []);
  const own = [plan.controlAddress, ...plan.nodes.map((node) => node.address)];
  assert.deepEqual(
    targets.filter((target) => !own.includes(target)),
    [],
  );
});

test('the names of network devices fit into the kernel’s 15 letters', () => {
  for (const node of plan.nodes) assert.ok(node.cable.length <= 15, node.cable);
});
