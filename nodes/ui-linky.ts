import { register } from './register';

export = register('ui-linky', () => import('./runtime/ui-linky.js'));
