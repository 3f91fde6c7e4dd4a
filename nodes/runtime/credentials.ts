/** A meter's credentials, as Node-RED keeps them. */
export const CREDENTIALS = {
  token: { type: 'password' },
  clientId: { type: 'text' },
  clientSecret: { type: 'password' },
} as const;
