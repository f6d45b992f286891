import assert from 'node:assert/strict';

/** etcd itself, behind the API server's back, by its HTTP gateway. */
export class Etcd {
  readonly #address: string;

  constructor(address: string) {
    this.#address = address;
  }

  /** Forgets every version but the newest of each object. Resolves to the oldest revision that is still known. */
  async compact(): Promise<number> {
    const revision = await this.revision();
    await this.#ask('/v3/kv/compaction', { revision: String(revision), physical: true });
    return revision;
  }

  async revision(): Promise<number> {
    const { header } = await this.#ask('/v3/kv/range', { key: base64('none') });
    return Number(header.revision);
  }

  /** Removes what lies at `key`, which must be there. */
  async remove(key: string): Promise<void> {
    const { deleted } = await this.#ask('/v3/kv/deleterange', { key: base64(key) });
    assert.equal(deleted, '1', `etcd has ${key}`);
  }

  async #ask(path: string, body: unknown): Promise<EtcdAnswer> {
    const answer = await fetch(`${this.#address}${path}`, { method: 'POST', body: JSON.stringify(body) });
    assert.equal(answer.status, 200, `etcd's answer to ${path}`);
    return (await answer.json()) as EtcdAnswer;
  }
}

interface EtcdAnswer {
  readonly header: { readonly revision: string };
  readonly deleted?: string;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
