/** Databases of a PostgreSQL server. */
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { addressOf } from '../test/support/postgres';

/** Does work with a connection. */
export async function connected<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * An empty database.
 * @param server the address of one that is there
 * @returns its address
 */
export async function newDatabase(server: string): Promise<string> {
  const database = `bench_${randomUUID().replaceAll('-', '')}`;
  await connected(server, (client) => client.query(`CREATE DATABASE ${database}`));
  return addressOf(server, { database });
}
