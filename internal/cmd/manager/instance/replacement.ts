import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { describeError } from '../../../errors.ts';
import type { TakenIn, Upgrade } from '../../../instance-manager/commands.ts';
import type { FactsCell } from '../../../instance-manager/facts.ts';
import type { Ports } from '../../../instance-manager/ports.ts';
import { type Libc, loadLibc } from '../../../instance-manager/process/libc.ts';
import { type ProcessStat, statOf } from '../../../instance-manager/process/stat.ts';
import { whyCommandRefused } from '../../../instance-manager/refuse.ts';
import { reportOf } from '../../../instance-manager/report.ts';
import { tryOut } from '../../../instance-manager/upgrade/check.ts';
import {
  formatInheritance,
  type Inheritance,
  inheritedFacts,
} from '../../../instance-manager/upgrade/inheritance.ts';
import { receive } from '../../../instance-manager/upgrade/receive.ts';
import { notNow, type Refusal } from '../../../instance-manager/upgrade/refusal.ts';
import { whyNotReplaced } from '../../../instance-manager/upgrade/refuse.ts';
import { milliseconds, seconds } from '../../../time/units.ts';
import { inheritancePath, type Layout } from './layout.ts';
import type { ServerParts } from './server-parts.ts';

export interface ReplacementPlace {
  readonly layout: Layout;
  readonly ports: Ports;
  readonly cell: FactsCell;
  readonly server: ServerParts;
  readonly flushLog: (() => void) | undefined;
}

/** A binary of 120 MB comes in about a second; one that has not come by then is held back. */
const receiveLimit = seconds(120);
/** It takes a tenth of a second; on a machine that is busy, many times that. */
const checkLimit = seconds(20);
/** A trial of settings takes 50 ms, and whoever is replaced meanwhile leaves it to nobody. */
const trialsEndWithin = seconds(2);
const lookEvery = milliseconds(20);

/**
 * Replaces the manager in place: the process stays, and with it redis-server, which is its child. Until the very end
 * whatever goes wrong changes nothing. See docs/adr/0007-managers-replaced-in-place.md.
 */
export class Replacement {
  readonly #place: ReplacementPlace;
  readonly #draft: string;
  readonly #former: string;
  #busy = false;
  #checking: number | undefined;

  constructor(place: ReplacementPlace) {
    this.#place = place;
    this.#draft = `${place.layout.managerBinary}.new`;
    this.#former = `${place.layout.managerBinary}.former`;
  }

  /** Takes in the binary, and looks whether it is fit. `done`: it is, and `replace` is to be called. */
  async prepare(command: Upgrade, binary: AsyncIterable<Buffer>, signal: AbortSignal): Promise<TakenIn> {
    if (this.#busy) return notNow('another binary is being taken in');
    this.#busy = true;
    const refusal = await this.#whyNot(command, binary, signal).catch((thrown: unknown) =>
      notNow(describeError(thrown)),
    );
    // Until it is run, no other binary may take its place.
    if (refusal === undefined) return { kind: 'done', report: this.#report() };
    const { version } = command;
    this.#place.ports.log.warn('the manager is not replaced', { version, because: refusal.why });
    // Where nothing can be written, nothing lies there.
    await rm(this.#draft, { force: true }).catch(() => undefined);
    this.#busy = false;
    return refusal;
  }

  /** Gives up the binary of the manager before this one. It never rejects: what stays takes up room and nothing else. */
  async clearAway(): Promise<void> {
    await rm(this.#former, { force: true }).catch(() => undefined);
  }

  /** Children whose ends are waited for, besides redis-server. */
  get children(): readonly number[] {
    const { trialPids } = this.#place.server;
    return this.#checking === undefined ? [...trialPids] : [this.#checking, ...trialPids];
  }

  /** Ends this program. Where that fails it goes on, and the next start of the container is the other one's. */
  replace(): void {
    const { ports, cell, layout } = this.#place;
    const { log } = ports;
    const path = inheritancePath(layout);
    try {
      const why = whyNotReplaced(cell.current) ?? this.#whyBusy();
      if (why !== undefined) throw new Error(why);
      const libc = loadLibc();
      const inheritance = this.#inheritance();
      writeFileSync(`${path}.new`, formatInheritance(inheritance), { mode: 0o600 });
      renameSync(`${path}.new`, path);
      this.#keepFormer();
      renameSync(this.#draft, layout.managerBinary);
      log.info('the instance manager is replaced in place', { left: inheritance.server.pid });
      // Nothing that waits to be written outlives this program.
      this.#place.flushLog?.();
      this.#execute(inheritance, libc);
    } catch (failure) {
      rmSync(path, { force: true });
      void this.clearAway();
      log.error('the manager is not replaced', { because: describeError(failure) });
      this.#busy = false;
    }
  }

  /**
   * Until the next manager answers: a binary that has no name any more is given back by the kernel when nobody runs it any
   * more, so within execve, and that takes 30 ms (measured). Where it cannot be kept it just takes that long.
   */
  #keepFormer(): void {
    try {
      linkSync(this.#place.layout.managerBinary, this.#former);
    } catch {
      // Not every file system can, and not every user may.
    }
  }

  async #whyNot(
    command: Upgrade,
    binary: AsyncIterable<Buffer>,
    signal: AbortSignal,
  ): Promise<Refusal | undefined> {
    const { ports, cell } = this.#place;
    const { clock, identity } = ports;
    const whyNow = (): string | undefined =>
      whyCommandRefused(command, cell.current, identity, clock.monotonic());
    const { version } = command;
    const early =
      whyNow() ?? (version === identity.managerVersion ? `it is of version ${version}` : undefined);
    if (early !== undefined) return notNow(early);
    // Left by a manager before this one that was replaced by one that did not know of it.
    await this.clearAway();
    const limit = clock.deadline(receiveLimit, signal);
    const refusal =
      (await receive(binary, this.#draft, command, limit)) ?? (await this.#tryOut(version, signal));
    if (refusal !== undefined) return refusal;
    const late = whyNow() ?? (await this.#untilIdle(signal));
    return late === undefined ? undefined : notNow(late);
  }

  async #tryOut(version: string, signal: AbortSignal): Promise<Refusal | undefined> {
    const onStart = (pid: number): void => {
      this.#checking = pid;
    };
    const { arch: architecture, env: environment } = process;
    const checked = { path: this.#draft, version, architecture, environment, onStart };
    const refusal = await tryOut(checked, this.#place.ports.clock.deadline(checkLimit, signal));
    this.#checking = undefined;
    return refusal;
  }

  async #untilIdle(signal: AbortSignal): Promise<string | undefined> {
    const { clock } = this.#place.ports;
    const limit = clock.deadline(trialsEndWithin, signal);
    while (this.#whyBusy() !== undefined && !limit.aborted) await clock.sleep(lookEvery, limit);
    return this.#whyBusy();
  }

  #whyBusy(): string | undefined {
    return this.#place.server.trialPids.size > 0 ? 'it is trying out settings' : undefined;
  }

  #report() {
    const { ports, cell } = this.#place;
    return reportOf(ports.identity, cell.current, ports.clock.monotonic());
  }

  #inheritance(): Inheritance {
    const { server, cell } = this.#place;
    const left = server.left;
    if (left === undefined) throw new Error('there is no redis-server to leave to another manager');
    const { startedTicks } = markOf(process.pid);
    return {
      manager: { pid: process.pid, startedTicks },
      server: { ...left.process, startedTicks: markOf(left.process.pid).startedTicks },
      startedOn: left.startedOn,
      accepted: left.accepted,
      facts: inheritedFacts(cell.current),
    };
  }

  /** Everything but what is kept open on purpose is closed by the kernel. It returns by throwing alone. */
  #execute({ server }: Inheritance, libc: Libc): void {
    const { managerBinary } = this.#place.layout;
    for (const { fd } of server.outputs) libc.keepAcrossExec(fd, 'kept');
    try {
      process.execve?.(managerBinary, [managerBinary, ...process.argv.slice(2)], process.env);
      throw new Error('this Node does not replace programs');
    } catch (failure) {
      for (const { fd } of server.outputs) libc.keepAcrossExec(fd, 'closed');
      throw failure;
    }
  }
}

function markOf(pid: number): ProcessStat {
  const stat = statOf(pid);
  if (stat === undefined) throw new Error(`nothing is known of process ${pid}`);
  return stat;
}
