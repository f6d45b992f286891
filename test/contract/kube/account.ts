import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { systemClock } from '../../../internal/time/system-clock.ts';
import { milliseconds } from '../../../internal/time/units.ts';
import type { ApiServer, RawRequest } from '../api-server.ts';

const namespace = 'default';

/** A ServiceAccount with tokens that can be taken back one by one. */
export class Account {
  readonly name: string;
  readonly #server: ApiServer;

  private constructor(server: ApiServer, name: string) {
    this.#server = server;
    this.name = name;
  }

  /** It may do everything to ConfigMaps and nothing else. */
  static async create(server: ApiServer, name: string): Promise<Account> {
    const account = new Account(server, name);
    const roles = '/apis/rbac.authorization.k8s.io/v1';
    await account.#post(`/api/v1/namespaces/${namespace}/serviceaccounts`, {});
    await account.#post(`${roles}/clusterroles`, {
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }],
    });
    await account.#post(`${roles}/clusterrolebindings`, {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    });
    return account;
  }

  /** A token that is good for as long as the Secret `life` is there, which is made for it. */
  async token(life: string): Promise<string> {
    const secrets = `/api/v1/namespaces/${namespace}/secrets`;
    const secret = await this.#post(secrets, { metadata: { name: life } });
    const { uid } = (secret as { readonly metadata: { readonly uid: string } }).metadata;
    const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: life, uid };
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${this.name}/token`;
    const request = await this.#post(path, { spec: { boundObjectRef, expirationSeconds: 3600 } });
    return (request as { readonly status: { readonly token: string } }).status.token;
  }

  /** Takes a token back. The API server remembers for 10 s that it was good. */
  async revoke(life: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/secrets/${life}`;
    const answer = await this.#server.request({ method: 'DELETE', path });
    assert.equal(answer.status, 200, answer.text);
  }

  /**
   * From now on all its requests are answered with 429: they may only be carried out one by one, and one is under way whose
   * body never comes. Resolves to what ends it.
   */
  async lockOut(token: string): Promise<() => void> {
    await this.#allowOneAtATime();
    const attempt = { method: 'POST', path: `/api/v1/namespaces/${namespace}/configmaps` } as const;
    for (let tries = 0; tries < 50; tries++) {
      const endless = this.#begin(attempt, token);
      await systemClock.sleep(milliseconds(100));
      const probe = this.#begin({ ...attempt, method: 'GET' }, token);
      const [answer] = (await once(probe.end(), 'response')) as [IncomingMessage];
      answer.resume();
      if (answer.statusCode === 429) return () => endless.destroy();
      endless.destroy(); // The rule was not in force yet when it came.
    }
    throw new Error(`${this.name} is not locked out`);
  }

  #begin({ method, path }: RawRequest, token: string): ClientRequest {
    const { server, ca } = this.#server.config;
    const length = method === 'POST' ? { 'content-length': 100 } : {};
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...length };
    const sent = httpsRequest(new URL(path, server), {
      method,
      headers,
      ...(ca === undefined ? {} : { ca }),
    });
    sent.on('error', () => undefined);
    sent.flushHeaders();
    return sent;
  }

  async #allowOneAtATime(): Promise<void> {
    const flows = '/apis/flowcontrol.apiserver.k8s.io/v1';
    const limitResponse = { type: 'Reject' };
    await this.#post(`${flows}/prioritylevelconfigurations`, {
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 0, lendablePercent: 0, borrowingLimitPercent: 0, limitResponse },
      },
    });
    const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] };
    const subjects = [{ kind: 'ServiceAccount', serviceAccount: { name: this.name, namespace } }];
    await this.#post(`${flows}/flowschemas`, {
      spec: {
        priorityLevelConfiguration: { name: this.name },
        matchingPrecedence: 2, // Before all others but the exempt.
        rules: [{ subjects, resourceRules: [everything] }],
      },
    });
  }

  async #post(path: string, body: Readonly<Record<string, unknown>>): Promise<unknown> {
    const named = { metadata: { name: this.name }, ...body };
    const answer = await this.#server.request({ method: 'POST', path, body: named });
    assert.equal(answer.status, 201, answer.text);
    return answer.body;
  }
}
