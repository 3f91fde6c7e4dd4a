/** What of a node's configuration says where its messages go. A flow written by hand may hold anything. */
export interface Wired {
  id: string;
  type: string;
  wires?: unknown;
  /** Of link nodes: the ones at the other end. */
  links?: unknown;
  /** Disabled, as a node or as a tab. */
  d?: unknown;
  disabled?: unknown;
  /** The tab or subflow it lies in. */
  z?: unknown;
  /** Of a subflow: the nodes behind its inputs and before its outputs. */
  in?: unknown;
  out?: unknown;
}

/** Which of its outputs lead from a node to another one. */
export interface NodeBefore {
  id: string;
  outputs: ReadonlySet<number>;
}

/** From an output of a node to another node. */
interface Wire {
  from: string;
  output: number;
  to: string;
}

const SUBFLOW = 'subflow:';

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const idsOf = (value: unknown): string[] => listOf(value).filter((each) => typeof each === 'string');

/** What a subflow's inputs or outputs are wired to inside: a list for each of them. */
const insideOf = (ends: unknown): { id: string; port: number }[][] =>
  listOf(ends).map((end) =>
    listOf((end as { wires?: unknown } | null)?.wires).flatMap((wire) => {
      const { id, port } = (wire ?? {}) as { id?: unknown; port?: unknown };
      return typeof id === 'string' ? [{ id, port: Number(port ?? 0) }] : [];
    }),
  );

/** All wires of the flows, through links, and into subflows and out of them. */
function wiresOf(nodes: readonly Wired[]): Wire[] {
  const off = new Set(nodes.filter(({ d, disabled }) => d === true || disabled === true).map(({ id }) => id));
  const subflows = new Map(nodes.filter(({ type }) => type === 'subflow').map((each) => [each.id, each]));
  return nodes.flatMap(({ id, type, z, wires, links }): Wire[] => {
    if (off.has(id) || off.has(String(z))) return [];
    const outputs = listOf(wires).map(idsOf);
    const subflow = type.startsWith(SUBFLOW) && subflows.get(type.slice(SUBFLOW.length));
    if (subflow) {
      const into = insideOf(subflow.in).flat();
      const out = insideOf(subflow.out).map((ends, index) => ({ ends, targets: outputs[index] ?? [] }));
      return [
        ...into.map(({ id: to }) => ({ from: id, output: 0, to })),
        ...out.flatMap(({ ends, targets }) =>
          ends.flatMap((end) => targets.map((to) => ({ from: end.id, output: end.port, to }))),
        ),
      ];
    }
    const wired = type === 'link out' ? [...outputs, idsOf(links)] : outputs;
    return wired.flatMap((targets, output) => targets.map((to) => ({ from: id, output, to })));
  });
}

/**
 * The nodes of some types whose messages reach a node, through any others but their own kind, with the outputs from
 * which they do.
 * @param nodes of all flows, as Node-RED configures them
 */
export function nodesBefore(nodes: readonly Wired[], id: string, types: readonly string[]): NodeBefore[] {
  const ends = endsOf(nodes, types);
  const into = Map.groupBy(wiresOf(nodes), ({ to }) => to);
  const found = new Map<string, Set<number>>();
  walk(id, (at) => {
    const wires = into.get(at) ?? [];
    for (const { from, output } of wires.filter((wire) => ends.has(wire.from))) {
      found.set(from, (found.get(from) ?? new Set()).add(output));
    }
    return wires.map(({ from }) => from).filter((from) => !ends.has(from));
  });
  return [...found].map(([from, outputs]) => ({ id: from, outputs }));
}

/** The ids of the nodes of some types that a node's messages reach, through any others but their own kind. */
export function nodesAfter(nodes: readonly Wired[], id: string, types: readonly string[]): string[] {
  const ends = endsOf(nodes, types);
  const from = Map.groupBy(wiresOf(nodes), (wire) => wire.from);
  const found = new Set<string>();
  walk(id, (at) => {
    const targets = (from.get(at) ?? []).map(({ to }) => to);
    for (const target of targets.filter((each) => ends.has(each))) found.add(target);
    return targets.filter((target) => !ends.has(target));
  });
  return [...found];
}

const endsOf = (nodes: readonly Wired[], types: readonly string[]): Set<string> =>
  new Set(nodes.filter(({ type }) => types.includes(type)).map(({ id }) => id));

/** Visits a node and all that can be reached from it, each once. */
function walk(start: string, visit: (id: string) => string[]): void {
  const seen = new Set<string>([start]);
  const left = [start];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    for (const next of visit(id)) {
      if (seen.has(next)) continue;
      seen.add(next);
      left.push(next);
    }
  }
}
