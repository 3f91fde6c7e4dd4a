/** What the tariff's form in the editor uses: `linkyTariffRules` in the browser. */
export { clockText, tidyRange } from './hours';
export { periodNamesOf, picturesOf, POWERS, tariffOf } from './config';
