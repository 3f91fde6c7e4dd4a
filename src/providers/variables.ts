import { misconfigured } from './errors';

/** How a value names an environment variable in Node-RED: `${NAME}`, or the older `$(NAME)`, as the whole value. */
const VARIABLE = /^\$(?:\{(\S+)\}|\((\S+)\))$/;

/** The environment variable that a value names, if it does. */
export function variableOf(value: string): string | undefined {
  const [, name, oldName] = VARIABLE.exec(value) ?? [];
  return name ?? oldName;
}

/**
 * A value of a meter's configuration as text; an environment variable may have made a number of it.
 * @throws LinkyError `variable-missing`: Node-RED does not replace the name of a variable that is not set
 */
export function given(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  const about = variableOf(text);
  if (about === undefined) return text;
  throw misconfigured('variable-missing', about);
}
