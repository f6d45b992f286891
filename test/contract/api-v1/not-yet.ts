interface Examples {
  readonly refused: Readonly<Record<string, unknown>>;
  /** How the API server shows what is refused. */
  readonly shown: string;
  /** A spec in which the field is there and all right; undefined when it may not be there at all. */
  readonly accepted?: Readonly<Record<string, unknown>>;
}

const secret = { refused: { name: 'some' }, shown: '"some"' } as const;
const secretField = (field: string): Examples => ({ ...secret, refused: { [field]: secret.refused } });

/** For every field that is not carried out yet. */
export const notYetExamples: Readonly<Record<string, Examples>> = {
  mode: { refused: { mode: 'cluster' }, shown: '"cluster"', accepted: { mode: 'standalone' } },
  aclConfigSecret: secretField('aclConfigSecret'),
  users: {
    refused: { users: [{ name: 'app', passwordSecret: { name: 'app' }, rules: '+@read ~*' }] },
    shown: 'not supported yet',
  },
  tlsSecret: secretField('tlsSecret'),
  caSecret: secretField('caSecret'),
  backupCredentialsSecret: secretField('backupCredentialsSecret'),
  'primaryIsolation.enabled': {
    refused: { primaryIsolation: { enabled: false } },
    shown: 'false',
    accepted: { primaryIsolation: { enabled: true } },
  },
  'primaryIsolation.apiServerTimeout': {
    refused: { primaryIsolation: { apiServerTimeout: '10s' } },
    shown: '"10s"',
    accepted: { primaryIsolation: { apiServerTimeout: '5s' } },
  },
  'primaryIsolation.peerTimeout': {
    refused: { primaryIsolation: { peerTimeout: '1m30s' } },
    shown: '"1m30s"',
    accepted: { primaryIsolation: {} },
  },
  bootstrap: { refused: { bootstrap: { backupName: 'monday' } }, shown: 'not supported yet' },
  'nodeMaintenanceWindow.reusePVC': {
    refused: { nodeMaintenanceWindow: { reusePVC: false } },
    shown: 'false',
    accepted: { nodeMaintenanceWindow: { inProgress: true } },
  },
  replicaMode: { refused: { replicaMode: { enabled: true } }, shown: 'not supported yet' },
  connectionSecret: secretField('connectionSecret'),
};
