import { DateTime } from 'luxon';

/** Small export files of Enedis, as its account writes them: UTF-8 with BOM, CRLF. */

const HEADER =
  'Identifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Etape metier;Unite;Pas en minutes';
const ZONE = 'Europe/Paris';

const fileOf = (lines: readonly string[]): string => `\uFEFF${lines.join('\r\n')}\r\n`;
const french = (time: DateTime): string => time.toFormat('dd/MM/yyyy');

/**
 * Half hours of consumption, in W, in the order of the values.
 * @param start `2026-05-01`: the day that the first one begins
 * @param values one for each half hour; a text stands in the file as it is
 */
export function loadCurveCsv(
  usagePoint: string,
  start: string,
  values: readonly (number | string)[],
): string {
  const first = DateTime.fromISO(start, { zone: ZONE });
  const ends = values.map((_, i) => first.plus({ minutes: 30 * (i + 1) }));
  const [from, to] = [first, ends.at(-1) ?? first].map(french);
  return fileOf([
    HEADER,
    `${usagePoint};Courbe de charge;${from};${to};Energie active;Consommation;Comptage Brut;W;30`,
    '',
    'Horodate;Valeur',
    ...ends.map((end, i) => `${end.toISO({ suppressMilliseconds: true })};${values[i]}`),
  ]);
}

/** The daily page's file: it names neither the PDL nor the direction. */
export function dailyCsv(start: string, kilowattHours: readonly number[]): string {
  const first = DateTime.fromISO(start, { zone: ZONE });
  const rows = kilowattHours.map(
    (value, i) => `${french(first.plus({ days: i }))};${String(value).replace('.', ',')}`,
  );
  return fileOf(['Date;Valeur (en kWh)', ...rows]);
}
