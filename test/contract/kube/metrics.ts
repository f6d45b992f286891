import type { ApiServer } from '../api-server.ts';

/** What the API server counts under `name`, summed over all series that carry every one of `labels`, as it writes them. */
export async function countOf(
  server: ApiServer,
  name: string,
  labels: Readonly<Record<string, string>>,
): Promise<number> {
  const { text } = await server.request({ method: 'GET', path: '/metrics' });
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return [...text.matchAll(new RegExp(`^${name}\\{(.*)\\} (\\d+)$`, 'gm'))]
    .filter(([, written = '']) => wanted.every((label) => written.split(',').includes(label)))
    .reduce((sum, [, , count]) => sum + Number(count), 0);
}
