import { register } from './register';

export = register('linky-import', () => import('./runtime/linky-import.js'));
