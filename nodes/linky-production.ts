import { register } from './register';

export = register('linky-production', () => import('./runtime/linky-production.js'));
