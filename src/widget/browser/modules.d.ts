/// <reference lib="dom" />

declare module '*.vue' {
  import type { Component } from 'vue';
  const component: Component;
  export default component;
}

declare module '*.css';
declare module '*.css?inline' {
  const text: string;
  export default text;
}
