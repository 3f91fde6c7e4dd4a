/** A meter's credentials, as Node-RED keeps them. */
export const CREDENTIALS = {
  token: { type: 'password' },
  clientId: { type: 'text' },
  clientSecret: { type: 'password' },
} as const;

/** A tariff's credentials, for the source of its Tempo colours. */
export const TARIFF_CREDENTIALS = {
  clientId: { type: 'text' },
  clientSecret: { type: 'password' },
} as const;
