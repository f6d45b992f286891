import { OperatorError } from '../../../internal/errors.ts';
import { hasCode } from '../../../internal/kube/errors.ts';
import { Informer } from '../../../internal/kube/informer.ts';
import type { Kube } from '../../../internal/kube/kube.ts';
import { keyOf, keyText } from '../../../internal/kube/memory-store.ts';
import { WorkQueue } from '../../../internal/kube/queue.ts';
import { type PersistentVolumeClaim, persistentVolumeClaims } from '../../../internal/kube/resources.ts';
import type { Logger } from '../../../internal/log/logger.ts';
import type { Clock } from '../../../internal/time/clock.ts';
import type { NodePlan } from '../plan.ts';
import { awaitsVolume, decideMaking, decideRemoving, isLeft } from './decide.ts';
import { type PersistentVolume, persistentVolumes, storageClasses } from './kinds.ts';

export interface ProvisionerPorts {
  readonly kube: Pick<Kube, 'list' | 'watch' | 'get' | 'create' | 'delete'>;
  readonly folders: Folders;
  readonly nodes: readonly NodePlan[];
  readonly clock: Clock;
  readonly log: Logger;
  /** From 0 to 1. */
  readonly random: () => number;
}

export interface Folders {
  /** Everybody may write there: the pod that gets it runs as a user who is not known here. */
  make(path: string): Promise<void>;
  /** With all that is in it; resolves too where there is none. */
  remove(path: string): Promise<void>;
}

/** A test's clusters ask for so many volumes at once, and the API server has other work beside. */
const workers = 4;

/** Makes the folders and volumes that are asked for, and removes those that are left. It remembers nothing itself. */
export class Provisioner {
  readonly #ports: ProvisionerPorts;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #volumes: Informer<PersistentVolume>;

  constructor(ports: ProvisionerPorts) {
    this.#ports = ports;
    const making = new WorkQueue({ workers, work: (key) => this.#make(key) }, ports);
    const removing = new WorkQueue({ workers, work: (name) => this.#remove(name) }, ports);
    this.#claims = new Informer(
      {
        resource: persistentVolumeClaims,
        selection: {},
        onChange: ({ now }) => {
          if (now !== undefined && awaitsVolume(now)) making.add(keyText(keyOf(now)));
        },
      },
      ports,
    );
    this.#volumes = new Informer(
      {
        resource: persistentVolumes,
        selection: {},
        // It changes once more when we delete it: that is no news.
        onChange: ({ before, now }) => {
          const isNews = before === undefined || !isLeft(before);
          if (now !== undefined && isLeft(now) && isNews) removing.add(now.metadata.name);
        },
      },
      ports,
    );
  }

  /** Never rejects: what fails is tried again, and an API server that is away is waited for. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#claims.run(signal), this.#volumes.run(signal)]);
  }

  async #make(key: string): Promise<undefined> {
    const [namespace, name = ''] = key.split('/');
    const claim = this.#claims.store.get({ namespace, name });
    if (claim === undefined || !awaitsVolume(claim)) return;
    const { kube, folders, nodes, log } = this.#ports;
    const className = claim.spec?.storageClassName ?? '';
    const storageClass = await kube.get(storageClasses, { namespace: undefined, name: className });
    const making = decideMaking(claim, storageClass, nodes);
    if (making.kind === 'refuse') throw refused(making.because);
    await folders.make(making.folder);
    try {
      await kube.create(persistentVolumes, making.volume);
    } catch (failure) {
      if (!hasCode(failure, 'alreadyExists')) throw failure;
    }
    log.info('made a volume', { claim: key, folder: making.folder });
  }

  /** The folder first: once the volume is gone, nobody knows of it. */
  async #remove(name: string): Promise<undefined> {
    const volume = this.#volumes.store.get({ namespace: undefined, name });
    if (volume === undefined || !isLeft(volume)) return;
    const { kube, folders, nodes, log } = this.#ports;
    const removing = decideRemoving(volume, nodes);
    if (removing.kind === 'refuse') throw refused(removing.because);
    await folders.remove(removing.folder);
    const { uid } = volume.metadata;
    await kube.delete(persistentVolumes, keyOf(volume), uid === undefined ? {} : { preconditions: { uid } });
    log.info('removed a volume', { volume: name, folder: removing.folder });
  }
}

const refused = (because: string): Error => new OperatorError({ code: 'Refused' }, because);
