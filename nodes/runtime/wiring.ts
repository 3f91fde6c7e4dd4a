/** What of a node's configuration says where its messages go. */
export interface Wired {
  id: string;
  type: string;
  wires?: readonly (readonly string[] | null)[];
  /** Of link nodes: the ones at the other end. */
  links?: readonly string[];
}

/** Whose messages go to whom, through links too. */
function targetsOf({ type, wires = [], links = [] }: Wired): string[] {
  const wired = wires.flatMap((output) => output ?? []);
  return type === 'link out' ? [...wired, ...links] : wired;
}

/** All nodes that can be reached from one, itself left out unless it lies in a circle. */
function reachable(start: string, next: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const left = [...(next.get(start) ?? [])];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    left.push(...(next.get(id) ?? []));
  }
  return found;
}

/**
 * The nodes of some types whose messages reach a node, through any others but their own kind.
 * @param nodes of all flows, as Node-RED configures them
 */
export function nodesBefore(nodes: readonly Wired[], id: string, types: readonly string[]): string[] {
  const sources = new Map<string, string[]>();
  for (const node of nodes) {
    for (const target of targetsOf(node)) sources.set(target, [...(sources.get(target) ?? []), node.id]);
  }
  return ofTypes(nodes, id, types, sources);
}

/** The nodes of some types that a node's messages reach, through any others but their own kind. */
export function nodesAfter(nodes: readonly Wired[], id: string, types: readonly string[]): string[] {
  return ofTypes(nodes, id, types, new Map(nodes.map((node) => [node.id, targetsOf(node)])));
}

function ofTypes(
  nodes: readonly Wired[],
  id: string,
  types: readonly string[],
  next: ReadonlyMap<string, readonly string[]>,
): string[] {
  const ends = new Set(nodes.filter(({ type }) => types.includes(type)).map((node) => node.id));
  const through = new Map([...next].map(([from, to]) => [from, ends.has(from) ? [] : to]));
  return [...reachable(id, through)].filter((found) => ends.has(found));
}
