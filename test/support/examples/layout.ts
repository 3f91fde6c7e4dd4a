import type { Page } from 'playwright-core';

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A node as the editor draws it, in the units of its canvas. */
interface DrawnNode extends Box {
  id: string;
  label: string;
  /** Of an inject, a debug or a source node. */
  button?: Box;
}

interface DrawnWire {
  from: string;
  to: string;
  /** Every two units along the line. */
  points: [x: number, y: number][];
}

/** The flow that the editor shows. */
export interface Layout {
  nodes: DrawnNode[];
  wires: DrawnWire[];
}

/** As text, for tsx would add names that a page does not know. */
const LAYOUT = `((count) => {
  const groups = [...document.querySelectorAll('.red-ui-flow-node-group')];
  if (groups.length !== count) return undefined;
  const chart = document.querySelector('.red-ui-flow-node-group').parentNode;
  const origin = chart.getScreenCTM();
  const boxOf = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return { left: left - origin.e, top: top - origin.f, right: right - origin.e, bottom: bottom - origin.f };
  };
  const nodes = groups.map((group) => {
    const node = RED.nodes.node(group.id);
    const button = group.querySelector('.red-ui-flow-node-button-background');
    return {
      id: group.id,
      label: RED.utils.getNodeLabel(node, node.type),
      ...boxOf(group.querySelector('.red-ui-flow-node')),
      ...(button ? { button: boxOf(button) } : {}),
    };
  });
  const wires = [...document.querySelectorAll('.red-ui-flow-link')].map((link) => {
    const line = link.querySelector('.red-ui-flow-link-line');
    const points = [];
    for (let at = 0; at <= line.getTotalLength(); at += 2) {
      const { x, y } = line.getPointAtLength(at);
      points.push([x, y]);
    }
    return { from: link.__data__.source.id, to: link.__data__.target.id, points };
  });
  return { nodes, wires };
})`;

/** @param count nodes of the flow that the editor has to show by now */
export async function layoutOf(page: Page, count: number): Promise<Layout> {
  const layout = await page.waitForFunction(`${LAYOUT}(${count})`);
  return (await layout.jsonValue()) as Layout;
}

/** A wire beside a node must be seen to pass it. */
const MARGIN = 4;
/** A wire begins and ends at a port, which lies on the edge of its node. */
const PORT = 6;

/** What is wrong with a layout, in words; nothing where nothing is. */
export function faultsOf({ nodes, wires }: Layout): string[] {
  const faults: string[] = [];
  const label = (id: string): string => nodes.find((node) => node.id === id)?.label ?? id;
  for (const [i, node] of nodes.entries()) {
    if (node.left < MARGIN || node.top < MARGIN) faults.push(`${node.label} is cut off`);
    for (const other of nodes.slice(i + 1)) {
      const parts = [other, ...(other.button ? [other.button] : [])];
      if (boxesOf(node).some((box) => parts.some((part) => overlap(box, part)))) {
        faults.push(`${node.label} lies on ${other.label}`);
      }
    }
  }
  for (const { from, to, points } of wires) {
    for (const node of nodes) {
      const isEnd = node.id === from || node.id === to;
      if (
        points.some((point) => isWithin(point, node, isEnd ? -PORT : MARGIN)) ||
        (node.button && points.some((point) => node.button && isWithin(point, node.button, 0)))
      ) {
        faults.push(`the wire from ${label(from)} to ${label(to)} runs behind ${node.label}`);
      }
    }
  }
  return faults;
}

const boxesOf = (node: DrawnNode): Box[] => [node, ...(node.button ? [node.button] : [])];

const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const isWithin = ([x, y]: [number, number], box: Box, margin: number): boolean =>
  x > box.left - margin && x < box.right + margin && y > box.top - margin && y < box.bottom + margin;
