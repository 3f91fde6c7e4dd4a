import type { ErrorKey } from '../src/providers/errors';
import type { Measure } from '../src/store/import-store';

/** What the command line says, in one language. `{…}` stands for a value. */
export interface Texts {
  usage: string;
  unknownCommand: string;
  /** `linky import-store` without a file. */
  fileMissing: string;
  addressMissing: string;
  notThere: string;
  noStore: string;
  inUse: string;
  unusable: string;
  databaseInvalid: string;
  databaseUnreachable: string;
  databaseRefused: string;
  databaseFailed: string;
  databaseTls: string;
  databaseNewer: string;
  nodeVersion: string;
  progress: string;
  columns: {
    usagePoint: string;
    series: string;
    days: string;
    readings: string;
    sum: string;
    outcome: string;
  };
  imported: string;
  present: string;
  other: string;
  differs: string;
  measures: Record<Measure, string>;
  tables: string;
  whole: string;
  /** What to do about series that the database has with other days. */
  otherAdvice: string;
  differsAdvice: string;
}

const EN: Texts = {
  usage: [
    'Usage: linky import-store <file> [<address>]',
    '',
    'Takes the readings that a Node-RED keeps in a file into a PostgreSQL database.',
    'The file stays as it is. After an interruption run it again: it goes on.',
    '',
    '  <file>     linky/readings.db in Node-RED’s user folder; stop that Node-RED first',
    '  <address>  postgresql://user@host:5432/database, by default LINKY_DATABASE_URL',
    '',
    'A password belongs into LINKY_DATABASE_URL or PGPASSWORD: what is on a command',
    'line can be seen by other users of this machine.',
  ].join('\n'),
  unknownCommand: 'Use one of the commands below: “{command}” is none.',
  fileMissing: 'Name the file: linky/readings.db in Node-RED’s user folder.',
  addressMissing: 'Name the database, as an argument or in LINKY_DATABASE_URL.',
  notThere: 'Check the path: there is no file {file}.',
  noStore: 'Choose linky/readings.db in Node-RED’s user folder: {file} is not such a file, or it is damaged.',
  inUse: 'Stop Node-RED first: it uses {file}.',
  unusable: 'Check the disk and your rights on {file}: it cannot be read ({code}).',
  databaseInvalid:
    'Check the address of the database: it is postgresql://user@host:5432/database, with @, :, /, #, ? and % of a password as %40, %3A, %2F, %23, %3F and %25.',
  databaseUnreachable:
    'Check that PostgreSQL runs and can be reached, then run this again; it goes on where it was ({code}).',
  databaseRefused: 'Check user, password and database, and that the user may use the schema linky ({code}).',
  databaseTls:
    'Check sslmode and sslrootcert in the address: no safe connection comes about ({code}). A server without TLS needs an address without sslmode.',
  databaseNewer: 'Update the package: a newer version of it has written what is stored ({code}).',
  databaseFailed:
    'Look into PostgreSQL’s log, and use the same version of this package everywhere: the database does not do what is asked ({code}).',
  nodeVersion: 'Install Node.js {needed} or newer: this is Node.js {there}.',
  progress: '{done} of {total} series',
  columns: {
    usagePoint: 'PDL',
    series: 'series',
    days: 'days',
    readings: 'readings',
    sum: 'sum',
    outcome: 'in PostgreSQL',
  },
  imported: 'imported',
  present: 'was there',
  other: 'OTHER DAYS, left as they are',
  differs: 'DIFFERS: {measures}',
  measures: {
    days: 'days',
    readings: 'readings',
    sum: 'sum',
    revision: 'revision',
    cursors: 'cursors',
  },
  tables: 'Rows beside them: {tables}',
  whole: 'PostgreSQL has all that is in the file.',
  otherAdvice: [
    'Decide about the series above with other days: they came into PostgreSQL from elsewhere, and were not touched.',
    'To keep those, leave it at that. To have the file’s instead, stop every Node-RED on this database, delete them there, and run this again:',
    '{sql}',
  ].join('\n'),
  differsAdvice:
    'Run this again: not all of the file is in PostgreSQL. If it remains so, report it as an issue.',
};

const FR: Texts = {
  usage: [
    'Utilisation : linky import-store <fichier> [<adresse>]',
    '',
    'Transfère dans une base PostgreSQL les relevés qu’un Node-RED conserve dans un',
    'fichier. Le fichier reste tel quel. Après une interruption, relancez la commande :',
    'elle continue.',
    '',
    '  <fichier>  linky/readings.db, dans le dossier utilisateur de Node-RED ; arrêtez',
    '             d’abord ce Node-RED',
    '  <adresse>  postgresql://utilisateur@hôte:5432/base, par défaut LINKY_DATABASE_URL',
    '',
    'Un mot de passe se met dans LINKY_DATABASE_URL ou PGPASSWORD : ce qui est écrit',
    'sur une ligne de commande est visible des autres utilisateurs de cette machine.',
  ].join('\n'),
  unknownCommand: 'Choisissez une des commandes ci-dessous : « {command} » n’existe pas.',
  fileMissing: 'Indiquez le fichier : linky/readings.db, dans le dossier utilisateur de Node-RED.',
  addressMissing: 'Indiquez la base de données, en argument ou dans LINKY_DATABASE_URL.',
  notThere: 'Vérifiez le chemin : le fichier {file} n’existe pas.',
  noStore:
    'Choisissez linky/readings.db, dans le dossier utilisateur de Node-RED : {file} n’est pas un tel fichier, ou il est endommagé.',
  inUse: 'Arrêtez d’abord Node-RED : il utilise {file}.',
  unusable: 'Vérifiez le disque et vos droits sur {file} : il ne peut être lu ({code}).',
  databaseInvalid:
    'Vérifiez l’adresse de la base : elle s’écrit postgresql://utilisateur@hôte:5432/base, et @, : ou / dans un mot de passe %40, %3A ou %2F.',
  databaseUnreachable:
    'Vérifiez que PostgreSQL fonctionne et répond, puis relancez la commande ; elle reprend où elle en était ({code}).',
  databaseRefused:
    'Vérifiez l’utilisateur, le mot de passe et la base, et que cet utilisateur a droit au schéma linky ({code}).',
  databaseTls:
    'Vérifiez sslmode et sslrootcert dans l’adresse : aucune connexion sûre ne s’établit ({code}). Un serveur sans TLS demande une adresse sans sslmode.',
  databaseNewer: 'Mettez à jour le paquet : une version plus récente a écrit ce qui est conservé ({code}).',
  databaseFailed:
    'Consultez le journal de PostgreSQL, et utilisez partout la même version de ce paquet : la base ne fait pas ce qui lui est demandé ({code}).',
  nodeVersion: 'Installez Node.js {needed} ou plus récent : celui-ci est Node.js {there}.',
  progress: '{done} séries sur {total}',
  columns: {
    usagePoint: 'PDL',
    series: 'série',
    days: 'jours',
    readings: 'relevés',
    sum: 'somme',
    outcome: 'dans PostgreSQL',
  },
  imported: 'transférée',
  present: 'y était',
  other: 'AUTRES JOURS, laissés tels quels',
  differs: 'DIFFÈRE : {measures}',
  measures: {
    days: 'jours',
    readings: 'relevés',
    sum: 'somme',
    revision: 'révision',
    cursors: 'curseurs',
  },
  tables: 'Lignes à côté : {tables}',
  whole: 'PostgreSQL a tout ce que contient le fichier.',
  otherAdvice: [
    'Décidez du sort des séries ci-dessus qui ont d’autres jours : ils sont venus d’ailleurs dans PostgreSQL et n’ont pas été touchés.',
    'Pour les garder, restez-en là. Pour avoir ceux du fichier, arrêtez chaque Node-RED qui utilise cette base, supprimez-les et relancez la commande :',
    '{sql}',
  ].join('\n'),
  differsAdvice:
    'Relancez la commande : tout le fichier n’est pas dans PostgreSQL. Si cela persiste, signalez-le.',
};

/** @param locale such as `fr_FR.UTF-8` or `fr-FR`; in any other language it is English */
export const textsFor = (locale: string): Texts => (/^fr\b|^fr_/i.test(locale) ? FR : EN);

/** Puts the values of `{name}` into a text. */
export const filled = (text: string, values: Record<string, string | number>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));

/** The sentence of what went wrong at the database; undefined where it was not the database. */
export function databaseText(texts: Texts, key: ErrorKey): string | undefined {
  const sentences: Partial<Record<ErrorKey, string>> = {
    'database-invalid': texts.databaseInvalid,
    'database-unreachable': texts.databaseUnreachable,
    'database-refused': texts.databaseRefused,
    'database-failed': texts.databaseFailed,
    'database-tls': texts.databaseTls,
    'database-newer': texts.databaseNewer,
  };
  return sentences[key];
}
