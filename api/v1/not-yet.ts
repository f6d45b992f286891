/** A part of the API that is described but not carried out yet. It is refused: no field may be a silent no-op. */
export interface NotYet {
  /** Below spec. */
  readonly field: string;
  /** CEL over the field's value: true when it is refused. It is asked only when the field is there. */
  readonly refusedWhen: string;
  /** The same for us. */
  readonly refuses: (value: unknown) => boolean;
  /** CEL: the name in a value that is an object; the API server shows other values itself. */
  readonly shows?: string;
  /** What to do instead, as the end of a sentence about the value. */
  readonly right: string;
}

/** A field that may not be there at all. */
const absent = (field: string): NotYet => ({
  field,
  refusedWhen: 'true',
  refuses: () => true,
  right: 'this is not supported yet; leave it out',
});

/** A reference that may not be there at all. */
const absentReference = (field: string): NotYet => ({ ...absent(field), shows: 'self.name' });

/** A field that may only have the value that it has anyway. */
const only = (field: string, value: string | number | boolean): NotYet => {
  const text = typeof value === 'string' ? `"${value}"` : String(value);
  return {
    field,
    refusedWhen: `self != ${text}`,
    refuses: (given) => given !== value,
    right: `only ${text} is supported yet; set that, or leave it out`,
  };
};

/** In the order of the fields. A capability that begins to work loses its line here. */
export const notYet: readonly NotYet[] = [
  only('mode', 'standalone'),
  absentReference('aclConfigSecret'),
  absent('users'),
  absentReference('tlsSecret'),
  absentReference('caSecret'),
  absentReference('backupCredentialsSecret'),
  only('primaryIsolation.enabled', true),
  only('primaryIsolation.apiServerTimeout', '5s'),
  only('primaryIsolation.peerTimeout', '5s'),
  absent('bootstrap'),
  only('nodeMaintenanceWindow.reusePVC', true),
  absent('replicaMode'),
  absentReference('connectionSecret'),
];
