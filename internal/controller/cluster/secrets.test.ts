import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RedisCluster } from '../../../api/v1/redis-cluster.ts';
import type { Kube } from '../../kube/kube.ts';
import { keyOf, MemoryStore } from '../../kube/memory-store.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Secret } from '../../kube/resources.ts';
import type { Logger } from '../../log/logger.ts';
import { systemClock } from '../../time/system-clock.ts';
import { minutes } from '../../time/units.ts';
import { ClusterSecrets } from './secrets.ts';
import { clusterWith } from './views.fixture.ts';

/** An API server that holds Secrets, and the operators' cache of them, which is always up to date. */
class SecretKeeper {
  readonly store = new MemoryStore<Secret>(() => []);
  readonly log: string[] = [];

  /** What one operator process knows. */
  get operator(): ClusterSecrets {
    const take = <Kind extends KubeObject>(_resource: unknown, object: Kind): Promise<Kind> => {
      this.store.put(object as unknown as Secret);
      return Promise.resolve(object);
    };
    const note = (message: string, fields?: unknown): void => {
      this.log.push(`${message} ${JSON.stringify(fields)}`);
    };
    const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
    const kube = {
      get: (_resource: unknown, key: Parameters<typeof this.store.get>[0]) =>
        Promise.resolve(this.store.get(key)),
      create: take,
      apply: take,
    } as unknown as Pick<Kube, 'get' | 'create' | 'apply'>;
    const of = (): never => this.store as never;
    return new ClusterSecrets({ kube, clock: systemClock, log, caches: { of } });
  }

  passwordOf({ metadata: { name, namespace } }: RedisCluster): string {
    return atob(this.store.get({ namespace, name: `${name}-auth` })?.data?.['password'] ?? '');
  }

  edit({ metadata: { name, namespace } }: RedisCluster, password: string): void {
    const found = this.store.get({ namespace, name: `${name}-auth` }) ?? assert.fail('it is not there');
    this.store.put({ ...found, data: { password: btoa(password) } });
  }

  /** As `kubectl delete secret` does. */
  remove({ metadata: { name, namespace } }: RedisCluster): void {
    this.store.remove({ namespace, name: `${name}-auth` });
  }
}

const signal = systemClock.deadline(minutes(1));

test('a password that is deleted by hand comes back as it was, and is told to nobody', async () => {
  const keeper = new SecretKeeper();
  const { operator } = keeper;
  const cluster = clusterWith();
  await operator.ensure(cluster, signal);
  const made = keeper.passwordOf(cluster);
  assert.match(made, /^[\w-]{32}$/);
  await operator.ensure(cluster, signal);
  keeper.remove(cluster);
  await operator.ensure(cluster, signal);
  assert.equal(keeper.passwordOf(cluster), made);
  assert.match(keeper.log.join(), /the password that was deleted is put back/);
  assert.ok(!keeper.log.join().includes(made));
});

test('what people have written into the Secret comes back, unless it was nothing', async () => {
  const keeper = new SecretKeeper();
  const { operator } = keeper;
  const cluster = clusterWith();
  await operator.ensure(cluster, signal);
  for (const written of ['of their own', '']) {
    keeper.edit(cluster, written);
    await operator.ensure(cluster, signal);
    assert.equal(keeper.passwordOf(cluster), written, 'a Secret that is there is theirs');
  }
  keeper.remove(cluster);
  await operator.ensure(cluster, signal);
  assert.equal(keeper.passwordOf(cluster), 'of their own');
});

test('another operator process, and another cluster of the same name, get a new password', async () => {
  const keeper = new SecretKeeper();
  const { operator } = keeper;
  const cluster = clusterWith();
  await operator.ensure(cluster, signal);
  await operator.ensure(cluster, signal);
  const passwords = new Set([keeper.passwordOf(cluster)]);
  const again = clusterWith({}, { metadata: { uid: 'u2' } });
  for (const [asked, of] of [
    [keeper.operator, cluster],
    [operator, again],
  ] as const) {
    keeper.remove(cluster);
    await asked.ensure(of, signal);
    passwords.add(keeper.passwordOf(cluster));
  }
  assert.equal(passwords.size, 3);
  operator.forget(cluster.metadata);
  keeper.remove(cluster);
  await operator.ensure(again, signal);
  passwords.add(keeper.passwordOf(cluster));
  assert.equal(passwords.size, 4, 'a cluster that is gone is forgotten');
});

test('where the user names a Secret none is made', async () => {
  const keeper = new SecretKeeper();
  const cluster = clusterWith({ authSecret: { name: 'mine' } });
  await keeper.operator.ensure(cluster, signal);
  assert.deepEqual(
    [...keeper.store.all()].map((secret) => keyOf(secret).name).filter((name) => /-auth$|mine/.test(name)),
    [],
  );
});
