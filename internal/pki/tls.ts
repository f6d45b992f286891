import type { AuthorityMaterial } from './material.ts';

/** What a TLS client of the instances' control port needs, as node:tls names it. All PEM. */
export interface ControlTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The operator's side of the control connection to the instances of one cluster. */
export const tlsOf = (authority: AuthorityMaterial): ControlTls => ({
  ca: authority['ca.crt'],
  cert: authority['client.crt'],
  key: authority['client.key'],
});
