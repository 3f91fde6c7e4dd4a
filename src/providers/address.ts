import { misconfigured } from './errors';

/**
 * The address of a provider.
 * @param typed by the user: empty for the provider's own address; https where no scheme is typed
 * @returns the address without a slash at its end
 * @throws LinkyError `url-invalid`
 */
export function addressOf(typed: string, own: string): string {
  const text = typed.trim() || own;
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(withScheme) || !/^https?:\/\//i.test(withScheme)) {
    throw misconfigured('url-invalid');
  }
  const { origin, pathname } = new URL(withScheme);
  return (origin + pathname).replace(/\/+$/, '');
}

/** Whether a token sent to this address could be intercepted: http, unless to this machine itself. */
export function isInsecure(typed: string): boolean {
  if (!/^http:\/\//i.test(typed.trim()) || !URL.canParse(typed.trim())) return false;
  return !/^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(typed.trim()).hostname);
}
