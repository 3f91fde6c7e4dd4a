/**
 * One value for all that name the same, made when the first of them asks.
 * @param all by owner: what an owner shares ends with it
 */
export function sharedIn<Owner extends object, Key, Value>(
  all: WeakMap<Owner, Map<Key, Value>>,
  owner: Owner,
  key: Key,
  make: () => Value,
): Value {
  const known = all.get(owner) ?? new Map<Key, Value>();
  all.set(owner, known);
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
