import { misconfigured } from './errors';

/** What Node-RED replaces by an environment variable: `${NAME}`, or as long ago `$(NAME)`; a whole value only. */
const VARIABLE = /^\$(?:\{(\S+)\}|\((\S+)\))$/;

/** The environment variable that a value is, if it is one. */
export function variableOf(value: string): string | undefined {
  const [, name, oldName] = VARIABLE.exec(value) ?? [];
  return name ?? oldName;
}

/**
 * A value of a meter's configuration, as text: a variable may have made a number of it.
 * @throws LinkyError `variable-missing`: Node-RED leaves a variable that it does not know as it was written
 */
export function given(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  const about = variableOf(text);
  if (about === undefined) return text;
  throw misconfigured('variable-missing', about);
}
