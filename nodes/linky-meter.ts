import { register } from './register';

export = register('linky-meter', () => import('./runtime/linky-meter.js'));
