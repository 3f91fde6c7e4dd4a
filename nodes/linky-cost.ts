import { register } from './register';

export = register('linky-cost', () => import('./runtime/linky-cost.js'));
