import { register } from './register';

export = register('linky-tempo', () => import('./runtime/linky-tempo.js'));
