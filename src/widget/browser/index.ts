// The figures' font: `vite.config.mts` makes it of DSEG7.
import 'virtual:segment-font.css';

export { default as UILinky } from './UILinky.vue';
