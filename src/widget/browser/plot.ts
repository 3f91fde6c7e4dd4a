import uPlot from 'uplot';
import uPlotCss from 'uplot/dist/uPlot.min.css?inline';
import type { Graph } from '../graph';
import { lettersOf } from '../letters';
import { pixelsOf, TILE, type Pattern } from '../patterns';

// A bundle of its own, fetched when the first graph is opened: most visits see figures only.

/** A graph on the page. */
export interface Plot {
  show(graph: Graph): void;
  /** Marks one of the graph's picks. */
  mark(index: number): void;
  destroy(): void;
}

/** The inks of a liquid crystal: one colour, more or less of it. */
const INK = '#1f251a';
const AREA = 'rgb(31 37 26 / 45%)';
const BEFORE = 'rgb(31 37 26 / 24%)';
const MARK = 'rgb(31 37 26 / 13%)';
const GRID = 'rgb(31 37 26 / 16%)';
const GAP = 'rgb(31 37 26 / 75%)';
const CLEAR = 'transparent';

/** From line to line of the hatching that stands for what is not whole, CSS pixels. */
const HATCH = 4;
/** Height of the fence in a gap, CSS pixels. */
const FENCE = 14;
/** Height of the one on a stacked bar that is not whole, CSS pixels. */
const MORE = 6;
/** Share of a bar's place that it takes, and the most it may, CSS pixels. */
const BAR = [0.74, 60] as const;
const BEFORE_BAR = [0.94, 76] as const;
const GAP_BAR = 0.88;
/** From this width on a stacked bar has a frame: without it, a pale pattern has no shape. CSS pixels. */
const FRAMED = 6;
/** Sizes of a letter above a bar, CSS pixels; where bars are narrower than the smallest, days of one colour share one. */
const LETTER_SIZE = { least: 8, most: 12 };
/** Places narrower than that have no room for any, CSS pixels. */
const NARROWEST_LETTER = 2.5;

/** Room an axis label takes, in widths of its letters. */
const LETTER = 0.62;

let styled = false;
function addStyles(): void {
  if (styled) return;
  styled = true;
  document.head.append(Object.assign(document.createElement('style'), { textContent: uPlotCss }));
}

/**
 * Draws a graph into an element and follows its size.
 * @param onPick told the index of what lies under pointer or finger
 */
export function plot(host: HTMLElement, first: Graph, onPick: (index: number) => void): Plot {
  addStyles();
  let graph = first;
  let marked = first.picks.length - 1;
  let chart = draw();

  const resized = new ResizeObserver(() => {
    // The observer also tells the size it starts with.
    if (host.clientWidth === chart.width && host.clientHeight === chart.height) return;
    chart.destroy();
    chart = draw();
  });
  resized.observe(host);

  function pickAt(event: PointerEvent): void {
    const left = event.clientX - chart.over.getBoundingClientRect().left;
    const x = chart.posToVal(left, 'x');
    const index = graph.kind === 'bars' ? Math.round(x) : lastAtOrBefore(graph.xs, x);
    onPick(Math.max(0, Math.min(graph.picks.length - 1, index)));
  }
  // A finger that moves across picks values; one that moves up or down scrolls the page.
  host.style.touchAction = 'pan-y';
  host.addEventListener('pointermove', pickAt);
  host.addEventListener('pointerdown', pickAt);

  function draw(): uPlot {
    const { clientWidth: width, clientHeight: height } = host;
    return new uPlot(options(width, height), dataOf(graph), host);
  }

  function options(width: number, height: number): uPlot.Options {
    const size = Math.max(9, Math.min(12, Math.round(Math.min(width / 26, height / 9))));
    const font = `500 ${size}px system-ui, sans-serif`;
    const bars = graph.kind === 'bars';
    const barsPath = uPlot.paths.bars?.({ size: [...BAR], radius: 0.12 });
    const widerPath = uPlot.paths.bars?.({ size: [...BEFORE_BAR], radius: 0.12 });
    const step = uPlot.paths.stepped?.({ align: 1, alignGaps: 1 });
    const filled = (paths: uPlot.Series.PathBuilder | undefined, fill: uPlot.Series.Fill): uPlot.Series => ({
      ...(paths ? { paths } : {}),
      fill,
      width: 0,
      points: { show: false },
    });
    const low = height < 90;
    const isStacked = graph.legend.length > 0;
    const hasLetters = graph.picks.some(({ letter }) => letter);
    return {
      width,
      height,
      pxAlign: 1,
      padding: [Math.round(size * (hasLetters ? 1.1 : 0.7)), Math.round(size * 0.5), 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: bars ? [-0.6, graph.end - 0.4] : [graph.xs[0] ?? 0, graph.end] },
        y: { range: (_chart, _min, max) => [0, niceAbove(max)] },
      },
      axes: [
        {
          stroke: INK,
          font,
          size: Math.round(size * 1.6),
          gap: Math.round(size * 0.35),
          grid: { show: false },
          ticks: { show: false },
          splits: () => graph.ticks.map(({ x }) => x),
          values: (u) => thinned(u, size * LETTER),
          filter: (_chart, splits) => splits,
        },
        {
          stroke: INK,
          font,
          size: low ? 0 : Math.round(size * 2.9),
          gap: Math.round(size * 0.3),
          show: !low,
          space: size * 3.6,
          grid: { stroke: GRID, width: 1 },
          ticks: { show: false },
          values: (_chart, splits) => splits.map((value) => shortNumber(value)),
        },
      ],
      series: [
        {},
        ...(bars
          ? [
              filled(widerPath, BEFORE),
              filled(widerPath, (u) => hatched(u, BEFORE)),
              // Stacks are drawn apart: their bars only give the axis its scale.
              filled(barsPath, isStacked ? CLEAR : INK),
              filled(barsPath, isStacked ? CLEAR : (u) => hatched(u, INK)),
            ]
          : [{ ...filled(step, AREA), stroke: INK, width: 1 }]),
      ],
      hooks: { drawClear: [drawBehind], draw: [...(isStacked ? [drawStacks] : []), drawLetters, drawGaps] },
    };
  }

  function drawBehind(u: uPlot): void {
    const { top, height } = u.bbox;
    // uPlot remembers the colour it set last, so it must find it again.
    u.ctx.save();
    u.ctx.fillStyle = GRID;
    for (const x of graph.lines) u.ctx.fillRect(u.valToPos(x, 'x', true), top, devicePixelRatio, height);
    const bars = graph.kind === 'bars';
    const left = u.valToPos(bars ? marked - 0.5 : (graph.xs[marked] ?? graph.end), 'x', true);
    const right = u.valToPos(bars ? marked + 0.5 : (graph.xs[marked + 1] ?? graph.end), 'x', true);
    u.ctx.fillStyle = MARK;
    u.ctx.fillRect(left, top, Math.max(2 * devicePixelRatio, right - left), height);
    u.ctx.restore();
  }

  /** A low fence where nothing is known: a place that is left empty could be a day without consumption. */
  function drawGaps(u: uPlot): void {
    const { top, height } = u.bbox;
    const bars = graph.kind === 'bars';
    const tall = Math.min(height / 5, FENCE * devicePixelRatio);
    u.ctx.save();
    u.ctx.fillStyle = hatched(u, GAP);
    graph.picks.forEach(({ value }, index) => {
      if (value !== undefined) return;
      const left = u.valToPos(bars ? index - GAP_BAR / 2 : (graph.xs[index] ?? 0), 'x', true);
      const right = u.valToPos(bars ? index + GAP_BAR / 2 : (graph.xs[index + 1] ?? graph.end), 'x', true);
      u.ctx.fillRect(left, top + height - tall, Math.max(devicePixelRatio, right - left), tall);
    });
    u.ctx.restore();
  }

  /** Each bar from its lowest part to the highest; what is of no known period lies on top, in less ink. */
  function drawStacks(u: uPlot): void {
    const { ctx } = u;
    const pixel = Math.max(1, Math.round(devicePixelRatio));
    const place = u.valToPos(1, 'x', true) - u.valToPos(0, 'x', true);
    const width = Math.max(pixel, Math.round(Math.min(BAR[0] * place, BAR[1] * devicePixelRatio)));
    const isFramed = width >= FRAMED * pixel;
    const inks = [...graph.legend.map(({ pattern }) => patterned(u, pattern, pixel)), AREA];
    const levelOf = (value: number): number => Math.round(u.valToPos(value, 'y', true));
    ctx.save();
    graph.picks.forEach(({ value = 0, incomplete, parts }, index) => {
      const left = Math.round(u.valToPos(index, 'x', true) - width / 2);
      let from = 0;
      [...parts.map((part) => part.value), value].forEach((part, at) => {
        const to = Math.min(value, from + part);
        const [bottom, top] = [levelOf(from), levelOf(to)];
        from = to;
        if (top >= bottom) return;
        // Neither grid nor year before shine through a pattern.
        ctx.clearRect(left, top, width, bottom - top);
        ctx.save();
        // A pattern begins in the corner of its part.
        ctx.translate(left, bottom);
        ctx.fillStyle = inks[at] ?? INK;
        ctx.fillRect(0, top - bottom, width, bottom - top);
        ctx.restore();
        if (!isFramed) return;
        ctx.strokeStyle = INK;
        ctx.lineWidth = pixel;
        ctx.strokeRect(left + pixel / 2, top + pixel / 2, width - pixel, bottom - top);
      });
      if (!incomplete) return;
      ctx.fillStyle = hatched(u, GAP);
      const tall = MORE * devicePixelRatio;
      ctx.fillRect(left, levelOf(value) - tall, width, tall);
    });
    ctx.restore();
  }

  /** The colour of a day, above its bar; where bars are narrow, of days in a row that have one colour. */
  function drawLetters(u: uPlot): void {
    const place = u.valToPos(1, 'x') - u.valToPos(0, 'x');
    if (place < NARROWEST_LETTER) return;
    const { least, most } = LETTER_SIZE;
    const size = Math.max(least, Math.min(most, place)) * devicePixelRatio;
    u.ctx.save();
    u.ctx.fillStyle = INK;
    u.ctx.textAlign = 'center';
    u.ctx.textBaseline = 'bottom';
    u.ctx.font = `700 ${size}px system-ui, sans-serif`;
    let before = { x: -Infinity, y: -Infinity };
    for (const { letter, first, last, highest } of lettersOf(graph.picks, place >= least)) {
      if (letter === '') continue;
      const x = u.valToPos((first + last) / 2, 'x', true);
      let y = u.valToPos(highest, 'y', true);
      // One beside the letter before would run into it: it stands above.
      if (x - before.x < size * LETTER && Math.abs(y - before.y) < size) y = before.y - size;
      u.ctx.fillText(letter, x, y);
      before = { x, y };
    }
    u.ctx.restore();
  }

  /** As many of the axis' labels as fit, evenly, counted from the newest. */
  function thinned(u: uPlot, letter: number): string[] {
    const longest = Math.max(1, ...graph.ticks.map(({ label }) => label.length));
    // Not the elements' sizes: they are set after the labels are made.
    const room = u.bbox.width / devicePixelRatio / graph.ticks.length;
    const every = Math.max(1, Math.ceil(((longest + 1.2) * letter) / room));
    const fits = graph.ticks.map(({ x, label }) => {
      const half = (label.length * letter) / 2;
      const left = u.valToPos(x, 'x') + u.bbox.left / devicePixelRatio;
      return left >= half && left <= u.width - half;
    });
    const newest = fits.lastIndexOf(true);
    return graph.ticks.map(({ label }, index) =>
      fits[index] && (newest - index) % every === 0 ? label : '',
    );
  }

  return {
    show(next) {
      graph = next;
      marked = Math.min(marked, next.picks.length - 1);
      chart.destroy();
      chart = draw();
    },
    mark(index) {
      marked = index;
      chart.redraw(false);
    },
    destroy() {
      resized.disconnect();
      host.removeEventListener('pointermove', pickAt);
      host.removeEventListener('pointerdown', pickAt);
      chart.destroy();
    },
  };
}

/** Of bars: the year before, whole and not, then the values, whole and not. */
function dataOf({ kind, xs, end, picks }: Graph): uPlot.AlignedData {
  const values = picks.map(({ value }) => value ?? null);
  // Steps reach to the start of the next value; the last one needs its own end.
  if (kind === 'area')
    return [
      [...xs, end],
      [...values, values.at(-1) ?? null],
    ];
  const before = (incomplete: boolean): (number | null)[] =>
    picks.map((pick) => (pick.before?.incomplete === incomplete ? pick.before.value : null));
  const now = (incomplete: boolean): (number | null)[] =>
    picks.map((pick) => (pick.incomplete === incomplete ? (pick.value ?? null) : null));
  return [xs, before(false), before(true), now(false), now(true)];
}

/** A pattern of the display whose pixels are that large. */
function patterned({ ctx }: uPlot, pattern: Pattern, pixel: number): CanvasPattern | string {
  const size = TILE * pixel;
  const tile = Object.assign(document.createElement('canvas'), { width: size, height: size });
  const pen = tile.getContext('2d');
  if (!pen) return INK;
  pen.fillStyle = INK;
  for (const { x, y } of pixelsOf(pattern, TILE, TILE)) {
    pen.fillRect(x * pixel, size - (y + 1) * pixel, pixel, pixel);
  }
  return ctx.createPattern(tile, 'repeat') ?? INK;
}

/** Slanting lines in an ink. */
function hatched({ ctx }: uPlot, ink: string): CanvasPattern | string {
  const size = HATCH * devicePixelRatio;
  const tile = Object.assign(document.createElement('canvas'), { width: size, height: size });
  const pen = tile.getContext('2d');
  if (!pen) return ink;
  pen.strokeStyle = ink;
  pen.lineWidth = size / 3;
  // The second and third are the corners of the neighbours.
  for (const shift of [0, -size, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return ctx.createPattern(tile, 'repeat') ?? ink;
}

function lastAtOrBefore(xs: readonly number[], x: number): number {
  let low = 0;
  let high = xs.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((xs[middle] ?? 0) <= x) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A round number a little above: the highest bar should not touch the frame. */
function niceAbove(max: number): number {
  if (!(max > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(max));
  const step = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((each) => each * unit >= max * 1.02) ?? 10;
  return step * unit;
}

const shortNumber = (value: number): string =>
  value >= 10_000 ? `${Math.round(value / 100) / 10}k` : String(Math.round(value * 100) / 100);
