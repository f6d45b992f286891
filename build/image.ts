import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type ImageSpec, writeImage } from './image/archive.ts';

const usage = `Writes the operator's image as an OCI archive, without a container engine.

  node build/image.ts [--arch amd64|arm64] [--name NAME] [--root FOLDER] [--output FILE] [--gzip]

The root folder is made by build/binary.ts.`;

const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: 'amd64' },
    name: { type: 'string', default: 'localhost/redis-operator:dev' },
    root: { type: 'string' },
    output: { type: 'string' },
    gzip: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
} else {
  const architecture = parseArchitecture(values.arch);
  const root = values.root ?? `dist/manager/linux-${architecture}`;
  const output = values.output ?? `dist/image/redis-operator-linux-${architecture}.tar`;
  if (!existsSync(root)) throw new Error(`${root} is missing: make it with "make binary"`);
  const compression = values.gzip ? 'gzip' : 'none';
  const { name, digest } = await writeImage(
    { ...managerImage(root), name: values.name, architecture, compression },
    output,
  );
  console.log(`${output}: ${name} ${digest}`);
}

/** Nothing but the binary and its libraries, run as an unprivileged user who needs no entry in /etc/passwd. */
function managerImage(root: string): Pick<ImageSpec, 'layers' | 'entrypoint' | 'user' | 'labels'> {
  const labels = {
    'org.opencontainers.image.title': 'redis-operator',
    'org.opencontainers.image.licenses': 'Apache-2.0',
  };
  return { layers: [{ root }], entrypoint: ['/controller/manager'], user: '65532:65532', labels };
}

function parseArchitecture(text: string): ImageSpec['architecture'] {
  if (text === 'amd64' || text === 'arm64') return text;
  throw new Error(`--arch ${text}: must be amd64 or arm64`);
}
