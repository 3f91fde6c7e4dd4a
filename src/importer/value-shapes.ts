import { textOf, type Cell } from './cells';
import type { Table } from './tables';

/** How the values of a table are written: most digits after the sign, and fewest where there is none. */
interface Shape {
  decimals: number;
  digits: number;
}

/** Tells a value that is cut off from a whole one, by those before it in its table. */
export class ValueShapes {
  private readonly shapes = new Map<Table, Shape>();

  /** Whether a value has fewer digits than all that came before it. */
  isShort(table: Table, cell: Cell | undefined): boolean {
    const text = textOf(cell);
    const sign = Math.max(text.indexOf(','), text.indexOf('.'));
    const [digits, decimals] = sign < 0 ? [text.length, 0] : [sign, text.length - sign - 1];
    const shape = this.shapes.get(table);
    if (!shape) {
      this.shapes.set(table, { decimals, digits });
      return false;
    }
    const isShort = decimals < shape.decimals || (shape.decimals === 0 && digits < shape.digits);
    shape.decimals = Math.max(shape.decimals, decimals);
    shape.digits = Math.min(shape.digits, digits);
    return isShort;
  }
}
