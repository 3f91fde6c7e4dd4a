import { register } from './register';

export = register('linky-history', () => import('./runtime/linky-history.js'));
