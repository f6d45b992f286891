import type { Ports as OperatorPorts } from '../controller/cluster/ports.ts';
import type { RoleCommand } from '../instance-manager/commands.ts';
import type { RedisRole } from '../instance-manager/decide.ts';
import type { Ports as InstancePorts } from '../instance-manager/ports.ts';
import type { SimInstance } from './instance.ts';

/** What a mutant changes of the project's code, each at one of its seams; without any, all is the real one. */
export interface Changes {
  /** What a tick of an operator touches. */
  readonly operator?: (ports: OperatorPorts) => OperatorPorts;
  /** What an instance manager touches. */
  readonly instance?: (ports: InstancePorts) => InstancePorts;
  /** What a command says when it arrives. */
  readonly command?: (command: RoleCommand, at: SimInstance) => RoleCommand;
  /** What redis.conf has a redis-server begin as. */
  readonly boot?: RedisRole;
}
