import * as z from 'zod/mini';
import {
  defaulted,
  flag,
  objectName,
  optional,
  rare,
  required,
  secretRef,
  text,
  wholeNumber,
} from './pieces.ts';

const s3 = rare(() =>
  z.object({
    bucket: required(text, 'The bucket.'),
    path: optional(text, 'What keys begin with.'),
    endpoint: optional(text, 'The address of a server other than that of AWS.'),
    region: optional(text, 'The region of the bucket.'),
    forcePathStyle: optional(flag, 'Whether the bucket is named in the path rather than in the host name.'),
  }),
);
const azure = rare(() =>
  z.object({
    container: required(text, 'The container.'),
    path: optional(text, 'What names begin with.'),
    accountName: optional(text, 'The storage account.'),
    endpoint: optional(text, 'The address of a server other than that of Azure.'),
  }),
);
const gcs = rare(() =>
  z.object({
    bucket: required(text, 'The bucket.'),
    path: optional(text, 'What names begin with.'),
    endpoint: optional(text, 'The address of a server other than that of Google.'),
  }),
);
/** Where backups lie: exactly one of the three. */
const destination = rare(() =>
  z.object({
    s3: optional(s3, 'A bucket of S3, or of a server that speaks it.'),
    azure: optional(azure, 'A container of Azure Blob Storage.'),
    gcs: optional(gcs, 'A bucket of Google Cloud Storage.'),
  }),
);
const source = rare(() =>
  z.object({
    destination: required(destination, 'Where the backup lies.'),
    object: required(text, 'The key of the backup there.'),
    credentialsSecret: optional(secretRef, 'A Secret with the credentials to read it.'),
  }),
);

/** What a new cluster starts from. */
export const bootstrap = rare(() =>
  z.object({
    backupName: optional(objectName, 'A RedisBackup in the same namespace.'),
    source: optional(source, 'A backup of which there is no RedisBackup here.'),
  }),
);

const followed = rare(() =>
  z.object({
    host: required(text, 'The address of its primary.'),
    port: defaulted(wholeNumber(1, 65_535), 6379, 'The port of its primary.'),
    authSecretName: optional(objectName, 'A Secret with its password.'),
    clusterName: optional(objectName, 'Its name, for people.'),
  }),
);

/** Another cluster that this one follows. */
export const replicaMode = rare(() =>
  z.object({
    enabled: defaulted(flag, false, 'Whether this cluster follows another.'),
    promote: defaulted(flag, false, 'Whether it stops following and takes writes.'),
    source: optional(followed, 'The cluster to follow.'),
  }),
);
