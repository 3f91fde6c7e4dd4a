import { register } from './register';

export = register('linky-consumption', () => import('./runtime/linky-consumption.js'));
