declare module 'node-red-node-test-helper' {
  import type { Node, NodeInitializer } from 'node-red';

  /** What these tests use of the helper, which ships no types. */
  interface Helper {
    init(runtimePath: string): void;
    settings(settings: object): object;
    startServer(): Promise<void>;
    stopServer(): Promise<void>;
    load(nodes: NodeInitializer[], flow: object[], credentials: object): Promise<void>;
    unload(): Promise<void>;
    getNode(id: string): Node | null;
    log(): { args: unknown[][] };
    url(): string;
  }
  const helper: Helper;
  export default helper;
}
