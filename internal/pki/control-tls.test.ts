import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import { instanceServerName } from '../../api/v1/names.ts';
import { describeError } from '../errors.ts';
import { after, hours, type Instant, instant } from '../time/units.ts';
import { createAuthority, issueInstance } from './authority.ts';
import { certificateFacts } from './certificates.ts';
import type { ControlMaterial, FoundMaterial, InstanceMaterial } from './material.ts';
import { readControlFacts } from './read.ts';
import { renew } from './renew.ts';
import { decideRenewal } from './renewal.ts';
import { type ControlTls, tlsOf } from './tls.ts';

const cluster = { name: 'shop', namespace: 'prod' };
const now = instant(Date.now());
const empty: FoundMaterial = { instance: {}, authority: {} };

async function step(found: FoundMaterial, at: Instant): Promise<ControlMaterial> {
  return await renew(decideRenewal(at, readControlFacts(cluster, found)), found, cluster, at);
}

/** One TLS 1.3 connection to a server as an instance sets it up: what the client reads, or why either side refused. */
async function connect(instance: InstanceMaterial, client: Partial<ControlTls>): Promise<string> {
  const server = tls.createServer(
    {
      cert: instance['tls.crt'],
      key: instance['tls.key'],
      ca: instance['ca.crt'],
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
    },
    (socket) => socket.end(`welcome ${socket.getPeerCertificate().subjectaltname}`),
  );
  let refusal: Error | undefined;
  server.on('tlsClientError', (error) => {
    refusal = error;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const servername = instanceServerName(cluster.name, cluster.namespace);
  const socket = tls.connect({ ...client, host: '127.0.0.1', port, servername });
  try {
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    assert.notEqual(text, '', 'the server said nothing');
    return text;
  } catch (error) {
    throw new Error(`client: ${describeError(error)}; server: ${describeError(refusal)}`, { cause: error });
  } finally {
    socket.destroy();
    server.close();
  }
}

test('operator and instance made from nothing accept each other over TLS 1.3', async () => {
  const { instance, authority } = await step(empty, now);
  assert.equal(await connect(instance, tlsOf(authority)), 'welcome DNS:operator.shop.prod.redis.io');
});

test('instances accept each other', async () => {
  const { instance } = await step(empty, now);
  const peer = { ca: instance['ca.crt'], cert: instance['tls.crt'], key: instance['tls.key'] };
  assert.equal(await connect(instance, peer), 'welcome DNS:instance.shop.prod.redis.io');
});

test('another cluster, and a client without a certificate, are refused', async () => {
  const { instance, authority } = await step(empty, now);
  const other = await step(empty, now);
  const stranger = { ...tlsOf(other.authority), ca: authority['ca.crt'] };
  await assert.rejects(connect(instance, stranger), /the server said nothing; server: socket hang up/);
  await assert.rejects(
    connect(instance, { ca: authority['ca.crt'] }),
    /server: .*peer did not return a certificate/,
  );
  await assert.rejects(
    connect(other.instance, tlsOf(authority)),
    /client: self-signed certificate in certificate chain/,
  );
});

test('an instance of another cluster of the same authority is not taken for this one', async () => {
  const authority = await createAuthority(now);
  const leaf = await issueInstance(authority, { name: 'other', namespace: 'prod' }, now);
  const instance = { 'tls.crt': leaf.certificate, 'tls.key': leaf.key, 'ca.crt': authority.certificate };
  const client = { ca: authority.certificate, cert: leaf.certificate, key: leaf.key };
  await assert.rejects(connect(instance, client), /client: Hostname\/IP does not match/);
});

test('what was just made is read back whole and needs nothing', async () => {
  const material = await step(empty, now);
  const facts = readControlFacts(cluster, material);
  assert.deepEqual(decideRenewal(now, facts).because, []);
  assert.equal(facts.leaves.instance?.issuer, facts.authority?.fingerprint);
  assert.deepEqual(facts.leaves.operator?.dnsNames, ['operator.shop.prod.redis.io']);
  assert.equal(certificateFacts('no certificate'), undefined);
});

test('old and new accept each other in every pairing while an authority is replaced', async () => {
  const begin = after(now, hours(-60)); // TLS reads the machine's clock: nothing may be made in its future.
  const old = await step(empty, begin);
  const introduced = await step({ ...old, authority: { ...old.authority, 'ca.key': 'lost' } }, begin);
  assert.notEqual(introduced.authority['ca.key'], old.authority['ca.key']);
  assert.equal(introduced.instance['tls.crt'], old.instance['tls.crt']);
  const settledAt = after(begin, hours(25));
  const signed = await step(introduced, settledAt);
  assert.notEqual(signed.instance['tls.crt'], old.instance['tls.crt']);
  const forgotten = await step(signed, after(settledAt, hours(25)));
  assert.equal(forgotten.instance['ca.crt'].match(/BEGIN/g)?.length, 1);

  const story = [old, introduced, signed];
  for (const [index, earlier] of story.entries()) {
    const later = story[index + 1] ?? earlier;
    assert.match(await connect(earlier.instance, tlsOf(later.authority)), /welcome/);
    assert.match(await connect(later.instance, tlsOf(earlier.authority)), /welcome/);
  }
  assert.match(await connect(signed.instance, tlsOf(forgotten.authority)), /welcome/);
  assert.match(await connect(forgotten.instance, tlsOf(signed.authority)), /welcome/);
});

test('each unreadable or mismatched part is made anew, the readable rest is kept', async () => {
  const material = await step(empty, now);
  const other = await step(empty, now);
  const mixed = { ...material, instance: { ...material.instance, 'tls.key': other.instance['tls.key'] } };
  const repaired = await step(mixed, now);
  assert.notEqual(repaired.instance['tls.crt'], material.instance['tls.crt']);
  assert.deepEqual(repaired.authority, material.authority);
  assert.match(await connect(repaired.instance, tlsOf(repaired.authority)), /welcome/);
});
