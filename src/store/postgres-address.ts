/**
 * Whether a text can be the address of a PostgreSQL database. One whose password has a `#` or `?` that is not encoded
 * would lead to another server.
 */
export function isPostgresAddress(text: string): boolean {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { hash, search } = new URL(text);
  return hash === '' && !search.includes('@');
}
