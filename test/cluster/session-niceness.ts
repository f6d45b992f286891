import { writeFileSync } from 'node:fs';

/**
 * From '-20', which comes first, to '19', for the session that the process leads. Nothing changes where the kernel does not
 * group by session, or root may not have precedence, or the process has ended.
 */
export function setSessionNiceness(pid: number, niceness: string): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, niceness);
  } catch {
    // Then everybody has an equal share.
  }
}
