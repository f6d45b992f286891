import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseProvider, type Machine } from './provider.ts';

const bare: Machine = {
  environment: {},
  linux: true,
  root: true,
  missingPrograms: ['kubelet'],
  kindUsable: false,
  goInstalled: false,
};

test('the user’s own cluster comes before everything else', () => {
  const environment = { KUBECONFIG: '/home/somebody/.kube/config' };
  const machine = { ...bare, environment, missingPrograms: [], kindUsable: true, goInstalled: true };
  assert.deepEqual(chooseProvider(machine), { kind: 'current' });
  assert.deepEqual(chooseProvider({ ...bare, environment: { CLUSTER: 'current' } }), { kind: 'current' });
});

test('the kubeconfig of our own cluster is not the user’s', () => {
  const environment = { KUBECONFIG: '/cache/cluster/kubeconfig', CLUSTER_FOLDER: '/cache/cluster' };
  assert.equal(chooseProvider({ ...bare, environment, missingPrograms: [] }).kind, 'processes');
});

test('programs that are there are started rather than kind', () => {
  const machine = { ...bare, missingPrograms: [], kindUsable: true };
  assert.deepEqual(chooseProvider(machine), { kind: 'processes', build: [] });
});

test('kind is used rather than a build of minutes', () => {
  assert.deepEqual(chooseProvider({ ...bare, kindUsable: true, goInstalled: true }), { kind: 'kind' });
});

test('with Go what is missing is built', () => {
  assert.deepEqual(chooseProvider({ ...bare, goInstalled: true }), { kind: 'processes', build: ['kubelet'] });
});

test('processes are not started without root or outside Linux', () => {
  const complete = { ...bare, missingPrograms: [], goInstalled: true };
  assert.equal(chooseProvider({ ...complete, root: false }).kind, 'none');
  assert.equal(chooseProvider({ ...complete, linux: false }).kind, 'none');
});

test('with nothing at hand one sentence says what to install', () => {
  const provider = chooseProvider(bare);
  assert.ok(provider.kind === 'none');
  assert.match(provider.because, /KUBECONFIG.*Docker and kind.*Go/);
});
