/** When processes of a test begin: none of them sees a midnight, whatever the hour it is run at. */
const BEGIN = Date.parse('2026-11-22T12:10:00+01:00');

/** What is added to the real time, ms. */
export const shift = BEGIN - Date.now();

/** Epoch ms by the clock of each Node-RED and each browser that a test starts; it runs on as the real one does. */
export const now = (): number => Date.now() + shift;

/** A script that sets the `Date` of a process or a page to that clock. Timers stay as they are. */
export const HOST_CLOCK = `{
  const real = Date;
  const now = () => real.now() + ${shift};
  globalThis.Date = new Proxy(real, {
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
    construct: (target, args, made) => Reflect.construct(target, args.length > 0 ? args : [now()], made),
    apply: () => new Date().toString(),
  });
  real.prototype.constructor = globalThis.Date;
}
`;
