import { register } from './register';

export = register('linky-tariff', () => import('./runtime/linky-tariff.js'));
