/** What the control Secrets of a cluster hold, by key. All PEM; keys are never logged. */

/** What every instance holds: the leaf it serves its control port with, and whom it trusts. */
export interface InstanceMaterial {
  readonly 'tls.crt': string;
  readonly 'tls.key': string;
  /** One or more certificates. */
  readonly 'ca.crt': string;
}

/** What the operator alone holds: the authority, and the leaf it shows to instances. */
export interface AuthorityMaterial {
  /** The authority that `ca.key` belongs to, and any others that are still trusted. */
  readonly 'ca.crt': string;
  readonly 'ca.key': string;
  readonly 'client.crt': string;
  readonly 'client.key': string;
}

export interface ControlMaterial {
  readonly instance: InstanceMaterial;
  readonly authority: AuthorityMaterial;
}

/** The same as it was found: anything may be missing, or be no PEM at all. */
export interface FoundMaterial {
  readonly instance: Partial<InstanceMaterial>;
  readonly authority: Partial<AuthorityMaterial>;
}
