import { compareQuantities, parseQuantity } from '../../../../api/v1/quantity.ts';
import type { Amounts, Resources } from '../view.ts';

/** As they are written in a manifest. */
interface Written {
  readonly requests?: Amounts | undefined;
  readonly limits?: Amounts | undefined;
}

/** As the API server fills them in: what may be had and is not asked for is asked for. */
export const asFilledIn = ({ requests = {}, limits = {} }: Written): Resources => ({
  requests: { ...limits, ...requests },
  limits,
});

export const sameResources = (one: Resources, other: Resources): boolean =>
  changesBetween(one, other).length === 0;

/** Each amount that differs, in words, in the order of their names; `1Gi` and `1024Mi` do not differ. */
export const changesBetween = (before: Resources, now: Resources): readonly string[] =>
  (['requests', 'limits'] as const).flatMap((kind) =>
    namesIn(before[kind], now[kind]).flatMap((name) => {
      const [was, is] = [before[kind][name], now[kind][name]];
      const same = was !== undefined && is !== undefined && compareQuantities(was, is) === 0;
      return same ? [] : [`${kind}.${name} from ${was ?? 'none'} to ${is ?? 'none'}`];
    }),
  );

const namesIn = (...amounts: readonly Amounts[]): readonly string[] =>
  [...new Set(amounts.flatMap((one) => Object.keys(one)))].sort();

/** Whether a pod of such containers alone is of the QoS class Guaranteed. */
export const isGuaranteed = ({ requests, limits }: Resources): boolean =>
  ['cpu', 'memory'].every((name) => {
    const [request, limit] = [requests[name], limits[name]];
    return request !== undefined && limit !== undefined && compareQuantities(request, limit) === 0;
  });

/** The most memory, in bytes; undefined when there is no limit. */
export const memoryLimitOf = ({ limits }: Resources): bigint | undefined =>
  parseQuantity(limits['memory'] ?? '');
