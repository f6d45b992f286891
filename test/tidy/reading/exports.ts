const declaration =
  /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|function\*?|class|interface|type)\s+([\w$]+)/gm;
const list = /^export\s+(?:type\s+)?\{([^{}]*)\}/gm;

/** The names that a file offers to others, `default` among them. `bare` is its code without comments and literals. */
export function exportsIn(bare: string): readonly string[] {
  const declared = [...bare.matchAll(declaration)].map(([, name = '']) => name);
  const listed = [...bare.matchAll(list)].flatMap(([, names = '']) => names.split(',').map(nameOutside));
  const standard = /^export\s+default\b/m.test(bare) ? ['default'] : [];
  return [...new Set([...declared, ...listed.filter((name) => name !== ''), ...standard])];
}

const nameOutside = (entry: string): string =>
  entry
    .trim()
    .replace(/^type\s+/, '')
    .split(/\s+as\s+/)
    .at(-1) ?? '';
