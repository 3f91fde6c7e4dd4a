/** The package brings no types. */
declare module 'node-red-contrib-influxdb' {
  import type { NodeInitializer } from 'node-red';

  const nodes: NodeInitializer;
  export default nodes;
}
