import type { Fields, Logger } from '../log/logger.ts';

/** A logger that hands what is worth telling to `narrate`, under the name of who says it. */
export function narratingLogger(who: string, narrate: (text: string) => void): Logger {
  const say = (message: string, fields?: Fields): void => {
    const { because, error, pod, term } = fields ?? {};
    const details = [pod, term === undefined ? undefined : `term ${String(term)}`, because ?? error];
    const text = details.filter((detail) => detail !== undefined).map(String);
    narrate(`${who}: ${[message, ...text].join(', ')}`);
  };
  const silent = (): void => undefined;
  const logger: Logger = { debug: silent, info: say, warn: say, error: say, child: () => logger };
  return logger;
}
