import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import vue from '@vitejs/plugin-vue';
import subsetFont from 'subset-font';
import { build, defineConfig, type InlineConfig, type Plugin } from 'vite';

/** Dashboard looks the component up as `window[<node type>][<component>]`. */
const WIDGET = 'ui-linky';
/** What every visitor of a dashboard with a meter loads, without the font, gzipped. */
const LARGEST = 40 * 1024;

const require = createRequire(import.meta.url);
const FONT = require.resolve('dseg/fonts/DSEG7-Classic/DSEG7Classic-Bold.ttf');
const FONT_LICENSE = require.resolve('dseg/DSEG-LICENSE.txt');

/**
 * The digits of DSEG7 as a style sheet. Its licence (OFL) asks that a changed font has another name and comes with
 * the licence's text.
 */
function segmentFont(): Plugin {
  const id = 'virtual:segment-font.css';
  return {
    name: 'segment-font',
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    async load(source) {
      if (source !== `\0${id}`) return undefined;
      const font = await subsetFont(await readFile(FONT), '0123456789.-!', { targetFormat: 'woff2' });
      return `@font-face{font-family:"Linky Segments";src:url(data:font/woff2;base64,${font.toString('base64')})format("woff2");font-display:block}`;
    },
    async generateBundle() {
      const source = await readFile(FONT_LICENSE);
      this.emitFile({ type: 'asset', fileName: 'segment-font-license.txt', source });
    },
  };
}

/** Dashboard loads one script per widget and no style sheet: the styles travel in the script. */
function stylesInScript(): Plugin {
  return {
    name: 'styles-in-script',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const sheets = Object.values(bundle).filter((file) => file.fileName.endsWith('.css'));
      const css = sheets.map((file) => (file.type === 'asset' ? String(file.source) : '')).join('');
      for (const { fileName } of sheets) delete bundle[fileName];
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk' || !file.isEntry) continue;
        file.code = `document.head.append(Object.assign(document.createElement("style"),{textContent:${JSON.stringify(css)}}));\n${file.code}`;
      }
    },
  };
}

/** Prints what the widget weighs and refuses what is too much. */
function weighed(largest?: number): Plugin {
  return {
    name: 'weighed',
    enforce: 'post',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'chunk') continue;
        const withoutFont = file.code.replace(/data:font\/woff2;base64,[\w+/=]+/, '');
        const size = gzipSync(withoutFont, { level: 9 }).length;
        const limit = largest === undefined ? '' : ` of ${largest / 1024} kB allowed`;
        console.log(`${file.fileName}: ${(size / 1024).toFixed(1)} kB gzip without font${limit}`);
        if (largest !== undefined && size > largest) this.error(`${file.fileName} is too large`);
      }
    },
  };
}

const TARGET = ['chrome111', 'firefox113', 'safari16.4'];

/** The graph's drawing, with its library: the widget imports it from beside itself when a graph is opened. */
const graph: InlineConfig = {
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  plugins: [weighed()],
  build: {
    outDir: 'resources',
    emptyOutDir: false,
    target: TARGET,
    lib: { entry: 'src/widget/browser/plot.ts', formats: ['es'], fileName: () => `${WIDGET}-graph.mjs` },
    rolldownOptions: { output: { minify: true } },
  },
};

/** The rules of tariffs, by which the runtime reads a tariff's properties, for the form in the editor. */
const tariffRules: InlineConfig = {
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  plugins: [weighed()],
  build: {
    outDir: 'resources',
    emptyOutDir: false,
    target: TARGET,
    lib: {
      entry: 'src/tariff/form.ts',
      name: 'linkyTariffRules',
      formats: ['iife'],
      fileName: () => 'linky-tariff-rules.js',
    },
  },
};

const moreBuilds: Plugin = {
  name: 'more-builds',
  async closeBundle() {
    await build(graph);
    await build(tariffRules);
  },
};

export default defineConfig({
  // The forms' own scripts and styles go beside the widget's as they are: Node-RED serves both to browsers.
  publicDir: 'nodes/editor',
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [vue(), segmentFont(), stylesInScript(), weighed(LARGEST), moreBuilds],
  build: {
    outDir: 'resources',
    target: TARGET,
    cssTarget: TARGET,
    reportCompressedSize: false,
    lib: {
      entry: 'src/widget/browser/index.ts',
      name: WIDGET,
      formats: ['umd'],
      fileName: () => `${WIDGET}.umd.js`,
    },
    rolldownOptions: {
      external: ['vue'],
      output: { globals: { vue: 'Vue' } },
    },
  },
});
